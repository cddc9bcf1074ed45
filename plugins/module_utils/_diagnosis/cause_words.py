# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The words that name a cause where no code does, in the languages in which servers and databases write. Data.

English, French, German, Spanish, Italian, Portuguese and Japanese. A word for the end of a time says nothing by itself:
what stands in the same sentence says whether the time was that of a question (``ASKED``), or of something before it
(``BEFORE``). Numbers are no words: in what is searched, each of them is a 0. All patterns ignore case, and none of them
may take long on any text.
"""

from __future__ import annotations

import re

from .._core.lazy_pattern import LazyPattern


def _any(*sources: str) -> LazyPattern:
    return LazyPattern("|".join(sources), re.IGNORECASE)


#: A timeout has occurred. Only whole words: ``iTimeout`` and ``lock_timeout`` are names.
TIME_RAN_OUT = _any(
    r"(?<!\w\.)\btime[ -]?outs?\b(?! of\b)",
    r"\btimed[ -]?out\b",
    r"\btime limit\b",
    r"\btoo long\b",
    # French
    r"\bd[ée]lais?\b[^.;]{0,60}(?:attente|expir|[ée]coul|d[ée]pass|imparti)",
    r"\b(?:expiration|d[ée]passement|fin) (?:du|de|des) (?:d[ée]lai|temps)",
    r"\bd[ée]pass[ée]\w* (?:le|son) d[ée]lai",
    r"\btemps (?:d'attente|imparti|limite)",
    r"\ba expir[ée]",
    # German: also as the second half of a word, such as Abfragetimeout or Verbindungszeitüberschreitung.
    r"(?<=[a-zäöüß]{3})timeouts?\b(?<!\Bittimeout)",
    r"zeit(?:überschreitung|limit|grenze)",
    r"\bzeit(?:raum|spanne|dauer)?\b[^.;]{0,40}(?:abgelaufen|überschritten|verstrichen)",
    r"wartezeit",
    # Spanish, Portuguese, Italian
    r"\btiempo (?:de espera|l[íi]mite|m[áa]ximo|agotado|excedido|de conexi[óo]n|de respuesta)",
    r"\b(?:agot|super|exced|expir|sobrepas|rebas)\w* (?:el |su )?(?:tiempo|plazo)",
    r"\btempo (?:de espera|limite|m[áa]ximo|esgotado|excedido)",
    r"\b(?:esgot|exced|expir|ultrapass)\w* o tempo",
    r"\btempo (?:di attesa|limite|massimo|scaduto|esaurito)",
    r"\b(?:scadut|superat|esaurit|trascors)\w* il (?:tempo|timeout|periodo)",
    r"\b(?:ha (?:caducado|expirado)|expirou|[èe] scadut[ao])\b",
    # Japanese
    r"タイムアウト|時間切れ|制限時間|時間内に|待機時間|待ち時間",
)

#: A sentence about a timeout that does not say that one occurred: a setting, a piece of advice, a negation, or the time
#: of a script of its own. It is no evidence; what precedes a query is still found in it.
_OUT = r"(?:time[sd]?[ -]?outs?|time limit|d[ée]lai|zeit(?:limit|überschreitung)|tiempo|tempo)\b"
NO_EVENT = _any(
    rf"\b(?:increas|rais|extend|check|verify|verif[ií]|adjust|configur|chang|review|augment|v[ée]rifi|erhöhe|prüfe|aument"
    rf"|comprueb|consider)\w*\b[^.;]{{0,50}}{_OUT}",
    r"\b(?:not|no|never|without|if|unless|whether|before|any)\s+(?:\w+\s+){0,3}time[sd]?[ -]?out",
    r"\btime[ -]?outs?\s+(?:\w+ )?(?:settings?|parameters?|options?|fields?|columns?|attributes?|configuration"
    r"|must|should|is (?:not |un|in|set|missing|required|too)|\(expected)",
    rf"\b(?:parameters?|options?|fields?|settings?|attributes?|property|paramètre|champ|feld|parametro|parámetro|campo)\b"
    rf"[^.;]{{0,20}}{_OUT}",
    r"\bscript ?(?:execution ?)?(?:has )?time",
    # It is retried: the cause is what the next attempt said.
    r"\bretrying\b|\bwill (?:be )?retr|\btrying again|\bnouvelle tentative|\bneuer versuch|\bwird wiederholt"
    r"|\breintentando|\bnuovo tentativo|\bnova tentativa|再試行します",
    # Cut off before it says what was requested or waited for, which may be a lock.
    r"annulation de la requ[êe]te [àa] cause du(?!.*(?:instruction|utilisateur))",
    r"storniere anfrage wegen zeitüberschreitung(?! der an)|istruzione a causa di timeout(?! dell'istr|$)",
    r"cancelando comando por causa do tempo de espera(?! \(timeout\) do com)",
    r"cancelando la sentencia debido a que se agot[óo] el tiempo de espera(?! de sent)",
    r"(?:solicitud|petici[óo]n|solicita[çc][ãa]o|pedido|richiesta) d[eia]\w{0,3}\s*\w{0,9}$",
)

#: What precedes a query, in the order in which it is searched for. In a sentence about a timeout it says that no query
#: was sent.
BEFORE: tuple[tuple[str, LazyPattern], ...] = (
    (
        "other_server",
        _any(
            r"\b(?:LDAP|SMTP|MTA|S?FTP|SSH|IMAP|POP3|IMS|OAuth|SMPP|SMSC|APNS|FCM|Kerberos|Redis)\b",
            r"\b(?:mail|tracking|redirection|file) server\b|\bAdobe (?:Analytics|Target|I/O|Experience)",
            r"\blicen[sc]|lizenz|ライセンス",
        ),
    ),
    (
        "lock_timeout",
        _any(
            r"\b(?:dead)?lock(?:s|ed|ing)?\b",
            r"\b(?:latch|mutex|enqueue|semaphore)\b",
            r"verrou",
            r"\bsperr[et]|sperre?\b|sperrtimeout|sperranforderung",
            r"\bbloque(?:o|os|aba|ar)?\b|\bcandados?\b",
            r"\bblocc[oh]",
            r"\bbloqueios?\b|travamento",
            r"(?<!ブ)ロック",
        ),
    ),
    ("pool_full", _any(r"\bpool(?:ed|s)?\b|\bidle object\b|verbindungspool|\bslots?\b|プール")),
    (
        "logon_timeout",
        _any(
            r"\blog[ -]?[io]n\b|\bpre-?login\b|\bsign[ -]?in\b|\bauthenticat\w*",
            r"anmeld|authentifi|ouverture de session|connexion utilisateur",
            r"inicio de sesi[óo]n|autentica|\baccesso\b|\bin[íi]cio de sess[ãa]o",
            r"ログイン|ログオン|認証",
        ),
    ),
    (
        "name_not_resolved",
        _any(
            r"\bresolv\w*|\b(?:name|host) resolution|\bDNS\b|\blookup\b|r[ée]solution (?:du|de) nom",
            r"namensauflösung|auflös|resoluci[óo]n|risoluzione|resolu[çc][ãa]o|名前解決",
        ),
    ),
    ("tls_refused", _any(r"\bhand-?shake\b|\b(?:SSL|TLS)\b|n[ée]gociation|negocia[çc]|ハンドシェイク")),
    (
        "session_ended",
        _any(
            r"(?<!xtk:)\bsessions?\b|\bidle\b|\bsitzung|\bsesi[óo]n\b|\bsessione\b|\bsess[ãa]o\b|セッション",
            r"\binactivit\w*|\binaktiv|\binattiv|アイドル|\btoken\b",
        ),
    ),
    (
        "not_connected",
        _any(
            r"\b(?:re)?connect(?:s|ed|ing|ions?|ivity|exception)?\b|\bTCP\b",
            r"\bTNS ?:(?! ?rec)|\btunnel\b|\bunreachable\b|\bping\b",
            r"connexion|connecter|verbindung|verbinden",
            r"\bconexi[óo]n|\bconectar|\bconness|\bconnetter|\bconex(?:[ãa]o|[õo]es)|\bliga[çc][ãa]o",
            r"接続|コネクション",
        ),
    ),
    ("file_refused", _any(r"\b(?:disks?|i?SCSI|NFS)\b|/dev/sd")),
    ("request_not_sent", _any(r"\b(?:send|sending|write|writing|upload(?:ing)?)\b", r"\bbeim senden\b|\benvoi\b|送信")),
)

#: Between two words of one clause. A colon or a full stop within a name ends none.
_NEAR = r"(?:[^.:;,()]|[.:](?=\w))"
_QUESTION = (
    r"(?:operation|request|query|statement|call|reading|read|response|answer|reply|execution|command|method|invocation"
    r"|gateway|question)"
)
#: That the time was that of a question which had been put. In English the words must belong together; in the other
#: languages, whose order of words is freer, to stand in one clause is enough.
ASKED: tuple[LazyPattern, ...] = (
    _any(
        # The operation timed out. Query timeout expired. The request to the server has timed out.
        rf"\b{_QUESTION}s?\b(?: \([^()]*\))?{_NEAR}{{0,60}}?\b(?:timed[ -]?out|time[ -]?out|time limit)\b",
        rf"\b{_QUESTION}s?\b{_NEAR}{{0,30}}? (?:took|takes|is taking|has taken) too long",
        rf"\b{_QUESTION}s?\b{_NEAR}{{0,30}}: timed out\b",
        # Timed out waiting for the answer. The timeout elapsed prior to completion of the operation.
        rf"\b(?:timed[ -]?out|time[ -]?out)\b{_NEAR}{{0,30}}? (?:waiting|wait(?:ed)?|reading|receiving|executing|"
        rf"processing|responding|completion|during|for|of|in|on)\b{_NEAR}{{0,30}}?"
        rf"\b(?:{_QUESTION}|data|headers|body|results?)s?\b",
        rf"\btime limit (?:of|for) [^.:;,()]{{0,20}}?{_QUESTION}",
    ),
    _any(
        r"passerelle|pasarela|puerta de enlace|\bgateway-?|ゲートウェイ",
        r"op[ée]ration|requ[êe]te|instruction|lecture|r[ée]ponse|ex[ée]cution|\bappel\b|\bcommande\b|interrogation",
        r"anfrage|anforderung|abfrage|vorgang|anweisung|\blesen\b|\blese-?(?:timeout|zeit)|antwort|ausführung|aufruf|befehl",
        r"operaci[óo]n|solicitud|petici[óo]n|consulta|sentencia|lectura|respuesta|ejecuci[óo]n|instrucci[óo]n|llamada",
        r"operazione|richiesta|\bquery\b|interrogazione|istruzione|lettura|risposta|esecuzione|\bcomando\b|chiamata",
        r"opera[çc][ãa]o|solicita[çc][ãa]o|pedido|requisi[çc][ãa]o|instru[çc][ãa]o|leitura|resposta|execu[çc][ãa]o|"
        r"chamada|\bcomando\b",
        r"操作|要求|リクエスト|クエリ|問い合わせ|問合せ|ステートメント|文を|文の|読み取り|読み込み|読取り|応答|実行|レスポンス|コマンド",
    ),
)

#: Sentences that say by themselves that a question had no answer in time. What stands in ``BEFORE`` beside a word for
#: the end of a time still wins.
SLOW: tuple[tuple[str, LazyPattern], ...] = (
    (
        "statement_cancelled",
        _any(
            # Why it was cancelled must be said: a lock, a standby and a lack of memory cancel too.
            r"\bcancell?ing (?:the )?(?:statement|query) due to (?:user request|(?:statement|transaction) timeout)",
            r"\buser requested cancel of current operation",
            r"\b(?:maximum|max) (?:statement )?execution time exceeded|\bmax_(?:statement|execution)_time exceeded",
            # On the request of a user, in PostgreSQL's and Oracle's words. A workflow can be stopped so too: what was
            # cancelled must be named.
            r"annulation de (?:la requête|l'instruction|l'op[ée]ration en cours)[^.;]{0,20} demande de l'utilisateur",
            r"utilisateur a demand[ée] l'annulation de l'op[ée]ration en cours",
            r"(?:storniere|breche) (?:anfrage|anweisung)[^.;]{0,10} wegen benutzer",
            r"abbruch der aktuellen operation|abbruch des aktuellen vorgangs",
            r"cancelando (?:la sentencia|comando|instru[çc][ãa]o)[^.;]{0,40} usu[áa]rio",
            r"(?:la cancelaci[óo]n de la operaci[óo]n|o cancelamento da opera[çc][ãa]o) a(?:ct|t)ual",
            r"annullamento (?:dell'istruzione|dell'operazione corrente)[^.;]{0,20} richiest[ao] d[ea]ll'utente",
            r"ユーザー?(?:から)?の(?:要求|リクエスト)により[^。]{0,10}(?:文|ステートメント|問い合わせ)",
            r"ユーザー?によって現行の操作の取消し?",
        ),
    ),
    ("gateway_timeout", _any(r"\bgateway time[ -]?out\b")),
    (
        "timeout",
        _any(
            r"\boperation too slow\b|\bsocket read timed out\b|\b(?:headers|body) timeout error\b",
            r"\b(?:no|without) (?:answer|reply|response)\b[^.:;,()]{0,30} (?:in time|within|after) ?\w*",
            r"\b(?:did|does|has|have|was)(?: not|n't) (?:answer|repl|respond|complet|finish)\w* (?:in time|within \d)",
            r"\bstatement reached its [^.;]{0,40}timeout",
            r"(?:requ[êe]te|op[ée]ration) [^.;:]{0,20}(?:pris|dur[ée]) trop|n'a pas r[ée]pondu (?:à temps|dans)",
            r"(?:anfrage|abfrage|vorgang|anforderung) [^.;:]{0,20}zu lange|nicht rechtzeitig (?:ge)?antwortet",
            r"(?:consulta|operaci[óo]n|solicitud) [^.;:]{0,20}demasiado|no respondi[óo] a tiempo|respondeu a tempo",
            r"(?:consulta|opera[çc][ãa]o) demorou|(?:query|operazione|richiesta) [^.;:]{0,20}troppo|risposto in tempo",
        ),
    ),
)

#: What the words say of other causes.
WORDS: tuple[tuple[str, LazyPattern], ...] = (
    ("address_refused", _any(r"IP address via which you are accessing the server is not accepted")),
    ("peer_restarting", _any(r"empty return for method\W{0,8}Logon\b")),
    (
        "password_refused",
        _any(
            r"\binvalid (?:login|user ?name|user) or password|\bpassword (?:has )?expired",
            r"\baccount is (?:locked|disabled)",
            r"identifiant ou mot de passe (?:invalide|incorrect)|mot de passe a expir",
            r"anmeldename oder kennwort|benutzername oder (?:kennwort|passwort)",
            r"(?:login|kennwort|passwort) [^.;]{0,20}ungültig",
            r"(?:usuario|inicio de sesi[óo]n) o contraseña (?:no v[áa]lid|incorrect|inv[áa]lid)",
            r"(?:nome utente|login) o password non valid|(?:login|usu[áa]rio) ou senha inv[áa]lid",
            r"(?:ログイン|ユーザー?名?)(?:名)?(?:または|か)パスワードが",
        ),
    ),
    (
        "logon_timeout",
        _any(r"\bcancell?ing authen|annulation de l'authen|storniere authen|cancelando la? ?auten|認証処理を"),
    ),
    (
        "request_not_sent",
        _any(
            # The server waited for the question (HTTP 408, mod_reqtimeout, nginx, HAProxy).
            r"\breturned\b[^\n]{0,30}\brequest time-?out|\btyp(?:e|s|o)?\W{1,3}request time-?out",
            r"\bwaiting for the HTTP request\b|\brequest header read time|\bcomplete request in time",
            r"\bclient timed out\b",
            r"\btimed?[ -]?out [^.;]{0,20}(?:reading|waiting for) (?:the )?(?:client'?s? )request",
        ),
    ),
    (
        "session_ended",
        _any(
            r"\bsession (?:has |is )?(?:expired|ended|invalid)|\bla session (?:a expir|n'est plus)",
            r"sitzung [^.;]{0,20}(?:abgelaufen|ungültig)|sesi[óo]n [^.;]{0,20}(?:caduc|expir)",
            r"sessione [^.;]{0,20}scadut|sess[ãa]o [^.;]{0,20}expir|セッション[^。]{0,20}(?:期限|切れ|無効)",
        ),
    ),
    (
        "recovery_conflict",
        _any(
            r"conflict with recovery",
            r"conflit avec la (?:restauration|r[ée]cup)|konflikt mit (?:der )?wiederherstellung",
            r"conflicto con la recuperaci",
            r"conflitto con il (?:recupero|ripristino)|conflito com (?:a )?recupera|リカバリとの競合",
        ),
    ),
    (
        "deadlock",
        _any(
            r"\bdead[ -]?lock(?:s|ed)?\b|deadlock(?:situation|opfer)|could not serialize access",
            r"interblocage|(?:bloquage|blocage|verrou) mortel|verklemmung|interbloqueo|bloqueo mutuo|punto muerto",
            r"\bstallo\b|\bimpasse\b|travamento fatal|デッドロック",
        ),
    ),
    (
        "lock_timeout",
        _any(
            r"\bcould not obtain lock\b|\bwhile (?:locking|updating|deleting) tuple\b|\block request time",
            r"\block wait time",
            r"\bresource busy\b|\bwaiting for (?:a |the )?lock\b",
            r"\bhas locked (?:table|partition)|\bwaiters for this lock",
            r"n'a pas pu obtenir (?:un |le )?verrou|konnte sperre [^.;]{0,60}nicht (?:setzen|erhalten|erlangen)",
            r"no se pudo (?:obtener|bloquear)[^.;]{0,20}(?:candado|bloqueo)",
            r"non [eè] stato possibile ottenere [^.;]{0,10}lock",
            r"n[ãa]o p[ôo]de obter bloqueio|ロックを?(?:獲得|取得)できませんでした",
        ),
    ),
    (
        "pool_full",
        _any(
            r"\btoo many (?:clients|connections|sessions)|\bconnection slots are reserved",
            r"\bpool (?:is )?(?:exhausted|empty|full)",
            r"\bmaximum number of (?:sessions|connections|processes)",
            r"\bmax(?:imum)? (?:pool size|connections) (?:was |has been )?reached",
            r"\bidle object\b|\bqueue is full\b|\ball connections (?:are )?(?:busy|in use)",
            r"trop de (?:clients|connexions)|emplacements de connexions",
            r"zu viele (?:verbindungen|clients)|verbindungen sind für",
            r"demasiad[oa]s (?:clientes|conexiones)|conexiones restantes|slots de conexi[óo]n",
            r"tropp[ei] (?:client|connessioni)|connessioni rimanenti",
            r"muit[oa]s (?:clientes|conex)|conex[õo]es restantes|número m[áa]ximo de (?:conex|sess)",
            r"クライアント数が多すぎ|接続(?:数)?が多すぎ|接続(?:枠|スロット)",
        ),
    ),
    (
        "name_not_resolved",
        _any(
            r"\b(?:could not|cannot|couldn't|unable to) resolve|\bname or service not known|\bunknown host\b",
            r"\bno such host",
            r"name resolution (?:failed|failure)|UnknownHostException|\bgetaddrinfo\b",
            r"impossible de r[ée]soudre|nom ou service inconnu|name oder dienst nicht bekannt",
            r"hostname[^.;]{0,40}nicht (?:aufgel|gefunden)",
            r"no se (?:pudo|puede) resolver|impossibile risolvere|n[ãa]o foi poss[íi]vel resolver|名前解決に失敗",
            r"ホスト[^。]{0,20}解決できません",
        ),
    ),
    (
        "proxy_refused",
        _any(
            r"\bproxy authentication required|\bproxy (?:refused|denied)",
            r"authentification proxy|proxy-authentifizierung",
        ),
    ),
    (
        "tls_refused",
        _any(
            r"\bcertificate (?:verif\w+|has expired|problem|is not|unknown|required)|\bcertificate verify failed",
            r"\bself[ -]signed cert",
            r"\b(?:SSL|TLS)\b[^.;]{0,30}\b(?:error|fail\w*|alert|refused|problem)|SSLHandshakeException",
            r"\bSSL_ERROR\w*|\bhandshake (?:failed|failure)",
            r"certificat [^.;]{0,30}(?:expir|invalide)|zertifikat [^.;]{0,30}(?:abgelaufen|ungültig)",
            r"certificado [^.;]{0,30}(?:caduc|expir|inv[áa]lid)",
            r"certificato [^.;]{0,30}(?:scadut|non valid)|証明書",
        ),
    ),
    (
        "not_connected",
        _any(
            # strerror of ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH and ENETUNREACH, and what clients make of them
            r"\bconnection timed[ -]?out|\bconnect timed[ -]?out|\bconnection time[ -]?out|\bconnection refused",
            # ... where the system is a BSD: "Operation timed out" is its strerror of ETIMEDOUT.
            r"\bTNS:operation timed|\bConnectException\b|\bConnect\w*Timeout(?:Exception|Error)\b",
            r"\(0: operation timed|\btcp_error\b|\bcommunication error occurred",
            r"\bE(?:SOCKET)?TIMEDOUT\b|\bE(?:CONNREFUSED|HOSTUNREACH|NETUNREACH)\b",
            r"\bno route to host|\b(?:network|host) is unreachable",
            r"\b(?:could not|couldn't|cannot|can't|unable to|failed to|impossible to) (?:be )?(?:connect|reach|"
            r"contact)",
            r"\bserver is not reachable|\bconnected party did not properly respond|\btarget machine actively refused",
            r"connexion (?:refus[ée]e|termin[ée]e par expiration)|aucun chemin d'acc[èe]s|aucune route",
            r"impossible de (?:se )?(?:connecter|joindre)",
            r"wartezeit für die verbindung|verbindungsaufbau (?:abgelehnt|fehlgeschlagen)|keine route zum",
            r"netzwerk ist nicht erreichbar",
            r"(?:verbindung|server) [^.;]{0,40}(?:nicht (?:hergestellt|aufgebaut|erreich)|verweigert|abgelehnt)",
            r"conexi[óo]n (?:rehusada|rechazada|denegada)|expir[óo] el tiempo de conexi|no (?:existe|hay) ruta",
            r"no se (?:pudo|puede|ha podido) conectar",
            r"connessione (?:rifiutata|scaduta)|tempo (?:di connessione|scaduto per la connessione)",
            r"nessun instradamento|impossibile connetter",
            r"conex[ãa]o (?:recusada|negada|expirou)|tempo (?:esgotado para|de) conex|rota [^.;]{0,20}host",
            r"n[ãa]o foi poss[íi]vel (?:se )?conectar",
            r"接続(?:が)?(?:タイムアウト|を?拒否)|接続できません|ホストへの経路|到達できません",
        ),
    ),
    (
        "connection_lost",
        _any(
            r"\bconnection (?:was )?(?:reset|aborted|closed unexpectedly|terminated)|\bbroken pipe\b",
            r"\bunexpected(?:ly)? (?:EOF|end of file)",
            r"\blost connection\b|\bserver has gone away|\bserver closed the connection|\bempty reply from server",
            r"\bterminating connection|\bcould not (?:receive|send) data (?:from|to) ",
            r"\brecv failure\b|\bend-of-file on communication|\bcommunication link failure|\bnot connected to oracle",
            r"connexion [^.;]{0,30}(?:r[ée]initialis[ée]e|perdue|interrompue)",
            r"verbindung [^.;]{0,40}(?:zurückgesetzt|verloren|getrennt|unterbrochen|geschlossen)",
            r"conexi[óo]n [^.;]{0,30}(?:reinicializada|restablecida|perdida|cerrada)",
            r"connessione [^.;]{0,30}(?:interrotta|persa|chiusa|reimpostata)",
            r"conex[ãa]o [^.;]{0,30}(?:perdida|fechada|redefinida|encerrada)|接続が(?:リセット|切断|失われ)",
        ),
    ),
    (
        "folder_rights",
        _any(
            r"do not have the rights (?:needed|required|necessary)|cannot load document of type",
            r"requested database record does not exist",
            r"n'avez pas les droits|impossible de charger (?:le|un) document de type",
            r"enregistrement[^.;]{0,40} n'existe pas",
            r"nicht die (?:erforderlichen|nötigen|notwendigen) (?:rechte|berechtigungen)",
            r"dokument vom typ [^.;]{0,80}nicht geladen|datensatz[^.;]{0,40} (?:existiert nicht|nicht vorhanden)",
        ),
    ),
    (
        "schema_mismatch",
        _any(
            # The attribute is named between the two words.
            r"\battribute\s+(?!is\b)\S{1,80}\s+(?:is\s+)?unknown\b|\battribut\s+\S{1,80}\s+(?:est\s+)?inconnu",
            r"\battribut\s+\S{1,80}\s+(?:ist\s+)?unbekannt|\batributo\s+\S{1,80}\s+(?:es\s+|é\s+)?descon(?:ocid|hecid)",
            r"\battributo\s+\S{1,80}\s+(?:è\s+)?sconosciut|属性[^。]{1,80}(?:不明|未知)",
        ),
    ),
    (
        "option_not_saved",
        _any(
            r"(?:unable to|could not|cannot) save (?:the )?document of type[^.;]{0,90}\bxtk:option\b",
            r"(?:impossible d'enregistrer|nicht (?:gespeichert|speichern)|no se (?:pudo|puede) guardar|"
            r"impossibile salvare|n[ãa]o foi poss[íi]vel salvar)[^.;]{0,120}\bxtk:option\b",
            r"\bxtk:option\b[^.;]{0,120}(?:nicht gespeichert|konnte nicht|保存できません)",
        ),
    ),
    (
        "database_rights",
        _any(
            r"\bpermission denied for (?:table|schema|relation|sequence|function|view|column|database)",
            r"\binsufficient privileges|\bmust be owner of|\bpermission was denied on",
            r"\bdroit refus[ée] pour|\bkeine berechtigung für|\bpermiso denegado|\bpermesso negato",
            r"\bpermiss[ãa]o negada|権限がありません|アクセスが拒否されました",
            r"\bprivil[èe]ges insuffisants|\bunzureichende (?:berechtigung|privilegien)",
            r"\bprivilegios insuficientes|\bprivilegi insufficienti",
        ),
    ),
    (
        "database_login",
        _any(
            r"\bpassword authentication failed|\blogin failed for user|\bno pg_hba\.conf entry",
            r"\bauthentification par mot de passe échouée",
            r"passwort-authentifizierung[^.;]{0,60}fehlgeschlagen|la autentificaci[óo]n password fall[óo]",
            r"パスワード認証に失敗",
        ),
    ),
    (
        "database_full",
        _any(
            r"\bno space left on device|\bcould not (?:extend|write(?: to)?) file|\bunable to extend\b",
            r"\bout of (?:memory|shared memory)|\bdisk (?:is )?full|\btransaction log [^.;]{0,60}is full",
            r"\btable is full",
            r"aucun espace disponible|plus d'espace|kein platz(?: mehr)? auf|speicherplatz|nicht genügend",
            r"no queda espacio|spazio (?:esaurito|insufficiente)|spazio disponibile|sem espaço|não há espaço",
            r"memoria insuficiente|memória insuficiente|mémoire insuffisante|mémoire épuisée|speicher aufgebraucht",
            r"空き領域|メモリ(?:ー)?(?:が)?不足|メモリ不足",
        ),
    ),
    (
        "database_schema",
        _any(
            r"\b(?:relation|table|column|view|function|schema|database|sequence)\b[^.;]{0,80}(?:does not|doesn't|"
            r"do not) exist",
            r"\binvalid (?:object|column) name|\breached maximum value of sequence|\bunknown column\b",
            r"\b(?:relation|table|colonne|fonction|séquence)\b[^.;]{0,80}n'existe pas",
            r"valeur maximale de la s[ée]quence",
            r"\b(?:relation|tabelle|spalte|funktion)\b[^.;]{0,80}existiert nicht|maximalwert (?:von|der) sequenz",
            r"no existe la (?:relaci[óo]n|columna|tabla|funci[óo]n)",
            r"\b(?:relazione|tabella|colonna)\b[^.;]{0,80}non esist",
            r"\b(?:relação|tabela|coluna)\b[^.;]{0,80}não existe|valor m[áa]ximo de (?:la )?secuencia",
            r"(?:リレーション|列|テーブル|関数)[^。]{0,60}(?:存在しません|ありません)",
        ),
    ),
    (
        "database_data",
        _any(
            r"\b(?:duplicate key|violates (?:unique|foreign key|not-null|check) constraint|null value in column|"
            r"value too long for type|integer out of range)\b",
        ),
    ),
    (
        "database_down",
        _any(
            r"\bdatabase system is (?:starting up|shutting down|in recovery)|\bread-only transaction",
            r"\bdatabase (?:is )?(?:not available|unavailable|not open)|\bshutdown in progress",
        ),
    ),
    (
        "file_refused",
        _any(
            r"\b(?:cannot|could not|unable to|impossible to) (?:open|read|create|write) (?:the )?file\b",
            r"\bpermission denied\b|\bread-only file system|\btoo many open files",
            r"impossible d'ouvrir le fichier|permission non accord[ée]e",
            r"datei [^.;]{0,80}nicht (?:geöffnet|gelesen)|keine berechtigung|許可がありません",
        ),
    ),
    (
        "answer_unreadable",
        _any(
            r"\binvalid (?:xml )?char(?:acter)?\b|\bPCDATA\b|\bnot well-formed",
            r"\bXML (?:document |message )?(?:is )?(?:invalid|parsing)|\bparser error\b|\bmalformed\b",
            r"caract[èe]re invalide|ungültiges zeichen|car[áa]cter (?:no v[áa]lido|inv[áa]lido)",
            r"carattere non valido|不正な文字|無効な文字",
        ),
    ),
    (
        "http_error",
        _any(
            # With a number before it, the number tells.
            r"(?<!\d )\bbad gateway\b|\bservice (?:temporarily )?unavailable\b|\brequest entity too large\b",
            r"\b(?:payload|content) too large\b|\btoo many requests\b",
        ),
    ),
)
