//! What mail systems write when a delivery failed, by language. Data only.

use super::{Pattern, Table, any_in_text, any_of, pattern, says};
use std::sync::LazyLock;

const BOUNCE_SUBJECT_ENGLISH: Table = &[(
    "English",
    "undelivered mail | undelivered message | undeliverable | undelivered: | undeliverd | \
         not delivered | mail delivery failed | mail delivery failure | mail delivery error | \
         mail delivery problem | mail delivery status | delivery status notification | \
         delivery notification | delivery failure | delivery failed | delivery has failed | \
         delivery report | delivery error | delivery problem | delivery delayed | delivery unsuccessful | \
         delayed mail | mail delayed | delayed delivery | message delayed | delivery warning | \
         failed delivery | failure delivery | failed mail | failure notice | failure notification | \
         failed to deliver | could not be delivered | couldn't be delivered | could not deliver | \
         could not send | cannot deliver | cannot send | unable to deliver | wasn't delivered | \
         returned mail | returned message | returned to sender | returning to sender | \
         returning message to sender | return to sender | returned email | message returned | \
         mail returned | mail failure | mail failed | message failed | message undeliverable | \
         message not delivered | message delivery | message status - | mail system error | mail error | \
         mail routing error | mail transaction failed | non-delivery | nondeliverable | non delivery | \
         nondelivery | non remis | ndn: | ndr: | bounced mail | bounced message | bounce notification | \
         mail bounced | email bounce | user unknown | unknown user | warning: message | \
         warning: could not send | warning--could not send | error sending | sending failed | \
         recipient unknown | automatically rejected mail | rejected mail | mail rejected | \
         message rejected | rejected: | permanent delivery failure | mta-blocked | \
         considered unsolicited bulk email | banned file | virus in mail from you | blocked mail | \
         not member | loop alert | mailbox full | mailbox is full | over quota | quota exceeded | \
         nicht zustellbar",
)];

const BOUNCE_SUBJECT: Table = &[
    (
        "German",
        "unzustellbar | unzustellbare nachricht | nicht zugestellt | zustellung fehlgeschlagen | \
         zustellfehler | nicht übermittelt | zustellungsfehler | zustellbenachrichtigung | \
         fehler bei der zustellung | rückläufer | konnte nicht zugestellt werden | unzustellbarkeit | \
         verzögerte zustellung",
    ),
    (
        "French",
        "non remis | non distribué | échec de la remise | échec de remise | échec de livraison | \
         échec d'envoi | échec de distribution | message non délivré | courrier non distribué | \
         non délivrable | notification d'état de remise | avis de non-remise | retour à l'expéditeur | \
         n'a pas pu être remis | remise impossible | retardé",
    ),
    (
        "Spanish",
        "no se puede entregar | no se pudo entregar | no entregado | no entregable | mensaje devuelto | \
         correo devuelto | error de entrega | fallo en la entrega | fallo de entrega | entrega fallida | \
         notificación de estado de entrega | devuelto al remitente | no se ha podido entregar | \
         entrega retrasada",
    ),
    (
        "Portuguese",
        "não entregue | não é possível entregar | não foi possível entregar | falha na entrega | \
         falha de entrega | erro na entrega | mensagem devolvida | notificação de status de entrega | \
         devolvido ao remetente | não pôde ser entregue",
    ),
    (
        "Italian",
        "non recapitabile | non recapitato | mancata consegna | consegna fallita | errore di consegna | \
         impossibile recapitare | messaggio non consegnato | avviso di mancata consegna | \
         posta non recapitata | notifica sullo stato del recapito | impossibile consegnare",
    ),
    (
        "Dutch",
        "onbestelbaar | niet bezorgd | niet afgeleverd | bezorging mislukt | aflevering mislukt | \
         kan niet worden bezorgd | niet bestelbaar | bericht kon niet worden afgeleverd | \
         kon niet worden bezorgd",
    ),
    (
        "Polish",
        "niedostarczalne | niedostarczona wiadomość | niedostarczone | nie można dostarczyć | \
         nie dostarczono | zwrot poczty | błąd dostarczania | nie została dostarczona | \
         zwrócona wiadomość",
    ),
    (
        "Czech, Slovak",
        "nedoručitelné | nedoručitelná | nedoručeno | nelze doručit | nedoručená | chyba doručení | \
         nedoručiteľné | nie je možné doručiť | nedoručená správa | zpráva nebyla doručena",
    ),
    (
        "Swedish, Danish, Norwegian",
        "kan inte levereras | går inte att leverera | kunde inte levereras | olevererbar | leveransfel | \
         ej levererad | leveransen misslyckades | inte levererat | kan ikke leveres | \
         kunne ikke leveres | ikke leveret | ikke levert | leveringsfejl | leveringsfeil | \
         levering mislykkedes | levering mislyktes | uleverbar | ikke-leverbar",
    ),
    (
        "Finnish, Estonian, Latvian, Lithuanian",
        "ei voida toimittaa | ei voitu toimittaa | toimitus epäonnistui | toimittamaton | \
         perille toimittamaton | ei saa kohale toimetada | kohaletoimetamatu | nevar piegādāt | \
         nepiegādāts | nepiegādājams | nepristatyta | nepavyko pristatyti | neįmanoma pristatyti",
    ),
    (
        "Russian, Ukrainian, Bulgarian",
        "не удается доставить | не удалось доставить | недоставленное | недоставлено | не доставлено | \
         ошибка доставки | сообщение не доставлено | письмо не доставлено | не может быть доставлено | \
         возврат почты | уведомление о доставке | не вдалося доставити | помилка доставки | \
         неможливо доставити | недоставлене | не може бути доставлено | недоставено | \
         не може да бъде доставен",
    ),
    (
        "Turkish",
        "teslim edilemedi | teslim edilemiyor | iletilemedi | gönderilemedi | teslimat hatası | \
         teslim edilemez | teslimat başarısız",
    ),
    (
        "Greek",
        "δεν παραδόθηκε | αδυναμία παράδοσης | αποτυχία παράδοσης | δεν είναι δυνατή η παράδοση | \
         μη παραδοτέο",
    ),
    (
        "Hungarian",
        "kézbesíthetetlen | nem kézbesíthető | sikertelen kézbesítés | nem kézbesített | kézbesítési hiba",
    ),
    (
        "Romanian",
        "nelivrat | nelivrabil | nu a fost livrat | nu poate fi livrat | livrare eșuată | \
         imposibil de livrat",
    ),
    (
        "Slovene, Croatian",
        "ni mogoče dostaviti | nedostavljivo | nedostavljeno | nije moguće isporučiti | neisporučivo | \
         neisporučeno | isporuka nije uspjela",
    ),
    (
        "Hebrew, Arabic",
        "לא ניתן למסור | לא נמסר | החזרת דואר | تعذر التسليم | غير قابل للتسليم | فشل التسليم",
    ),
    (
        "Vietnamese, Indonesian, Thai",
        "không thể gửi | không gửi được | tidak terkirim | gagal terkirim | ส่งไม่ได้ | ไม่สามารถส่ง",
    ),
    (
        "Japanese",
        "配信不能 | 配信できません | 配信エラー | 配信に失敗 | 送信エラー | 送信できません | メールエラー | 配送エラー | 未配信 | 宛先不明 | メールを配信でき | 不達 | \
         エラーメール | 送信失敗",
    ),
    (
        "Chinese",
        "退信 | 未送达 | 未送達 | 无法投递 | 無法傳遞 | 无法传递 | 无法送达 | 無法送達 | 无法传送 | 退回 | 投递失败 | 发送失败 | 传送失败 | 傳送失敗 | \
         遞送失敗 | 递送失败 | 未传递 | 未傳遞",
    ),
    ("Korean", "배달되지 | 배달 실패 | 전송 실패 | 반송 | 전달할 수 없 | 발송 실패 | 전달 실패"),
];

/// Words of a subject that bounces have: a reason to look into the body, never a proof.
pub(in crate::arf::kind) static BOUNCE_SUBJECTS: LazyLock<Option<Pattern>> =
    LazyLock::new(|| any_of(&[BOUNCE_SUBJECT_ENGLISH, BOUNCE_SUBJECT]));

const NOTICE: Table = &[
    (
        "qmail, Postfix, Sendmail, DragonFly, OpenSMTPD, Courier",
        "this is the qmail-send program | this is the postfix program | this is the mail system at host | \
         this is the mail delivery | this is the mailer-daemon | this is the dragonfly mail agent | \
         this is a delivery status notification | running the courier mail server | \
         i'm afraid i wasn't able to deliver | i'm sorry to have to inform you that | \
         sorry it didn't work out | had permanent fatal errors | had transient non-fatal errors | \
         had permanent delivery errors | had delivery problems | had successful delivery notifications | \
         transcript of session follows | unsent message follows | message to undelivered recipients | \
         undelivered message follows | the original message was received at | \
         an error has occurred while attempting to deliver a message | \
         there was an error delivering your mail | original message follows | unsent message returned | \
         no message was collected",
    ),
    (
        "Exim and its kin",
        "this message was created automatically by mail delivery | \
         this message was created automatically by the mail | \
         a message that you sent could not be delivered | \
         a message that you have sent could not be delivered | \
         a message that you sent has not yet been delivered | a message you sent could not be delivered | \
         the following address(es) failed | the following address failed | \
         the following addresses failed | message log follows | failed addresses follow | \
         a message that you sent was rejected | a message that you sent was considered | \
         a message that you sent contained | has been frozen: the sender",
    ),
    (
        "Exchange, Outlook.com, Notes, Domino, GroupWise, Messaging Server",
        "this is an automatically generated delivery status notification | \
         delivery to the following recipient | delivery has failed to these recipients | \
         did not reach the following recipient | did not reach some or all of the intended recipients | \
         recipient(s) could not be reached | recipients could not be reached | \
         couldn't be delivered to the following | not listed in public name & address | \
         not listed in domino directory | not listed in public address book | was not delivered to: | \
         the message that you sent was undeliverable | the message you sent was undeliverable | \
         this report relates to a message you sent | your message cannot be delivered to the following | \
         your message could not be delivered to the following | this message was undeliverable due to | \
         was undeliverable due to the following | ndr generated by | \
         diagnostic information for administrators | generating server: | failure reasons -- | \
         -- returned message -- | failed to deliver to '",
    ),
    (
        "Exchange in other languages",
        "diagnoseinformationen für administratoren | \
         informations de diagnostic pour les administrateurs | \
         informazioni di diagnostica per gli amministratori | \
         información de diagnóstico para administradores | \
         informação de diagnóstico para administradores | диагностические сведения для администраторов | \
         diagnostische gegevens voor beheerders | informacje diagnostyczne dla administratorów | \
         管理者向けの診断情報 | 管理員診斷資訊 | 供管理员使用的诊断信息 | 관리자용 진단 정보",
    ),
    (
        "Google, Yahoo, Amazon, Zoho, Mimecast, Apple, Mail.ru, Yandex",
        "technical details of permanent failure | technical details of temporary failure | \
         we were unable to deliver your message to the following | message blocked. your message to | \
         address not found. your message wasn't delivered | the response from the remote server was | \
         an error occurred while trying to deliver the mail to the following | \
         an email that you attempted to send to the following address could not be delivered | \
         the group you tried to contact | message will be retried for | \
         you do not need to resend your message | это письмо создано автоматически сервером | \
         ваше письмо не может быть доставлено | ваше сообщение не может быть доставлено | \
         не может быть доставлено одному или нескольким",
    ),
    (
        "Filters and other systems",
        "unable to deliver message to the following | unable to deliver message to: | \
         unable to deliver your message to the following | unable to deliver message to < | \
         there was an error sending your mail | we had trouble delivering your message | \
         the following recipients returned permanent errors | \
         recipients was rejected by a remote mail server | the following recipients were affected | \
         the following recipients could not | message could not be delivered to mobile | \
         message from interscan messaging security suite | the following mail could not be delivered | \
         could not be delivered to: < | could not be delivered to the following | \
         your mail message to the following address(es) could not be delivered | \
         automatic bounce notification | was automatically rejected | \
         unable to deliver the message to the following | \
         the message could not be delivered to the following | message details: subject: | \
         your mail could not be delivered | body of message generated response | \
         delivery failed 20 attempts | delivery failed to the following | \
         mail could not be delivered to the following | user mailbox exceeds allowed size | \
         this user doesn't have a | i'm not going to try again | \
         the following recipients did not receive | your message was not delivered to the following | \
         has been returned to you because it could not be delivered | reporting-mta: dns | \
         you are not a member of this mailing list | loop back warning | unix from loop | \
         error message below: | we're sorry. there's a problem with the e-mail address | \
         your message to the following recipients cannot be delivered | \
         your message to the following recipients has not been delivered | \
         a transcript of the attempts to send the message follows | your message could not be sent | \
         duplicated message-id in <",
    ),
    (
        "Japanese",
        "のため送信できませんでした | のため、送信できませんでした | は送信できませんでした | 送信に失敗しました | あて先へのメッセージはエラーのため送信できません | \
         メールアドレスが見つかりません | 配送できませんでした | 配信できませんでした | へのメールは送信できません | お届けできませんでした | 次のメールアドレスへの送信に失敗 | \
         宛先のメールアドレスが存在しません",
    ),
    (
        "Chinese, Korean",
        "这是一封退信 | 您的邮件被退回 | 退信原因 | 无法投递到 | 無法傳遞給 | 未能送达 | 該郵件無法傳遞 | 메일을 전달할 수 없습니다 | 반송되었습니다 | \
         전송하지 못했습니다 | 배달하지 못했습니다",
    ),
];

/// A sentence that a known mail system opens its notices with.
pub(in crate::arf::kind) static NOTICES: LazyLock<Option<Pattern>> = LazyLock::new(|| any_in_text(&[NOTICE]));

const FAILURE_TEXT: Table = &[(
    "English",
    "could not be delivered | couldn't be delivered | cannot be delivered | can't be delivered | \
         was not delivered | wasn't delivered | not been delivered | unable to deliver | undeliverable | \
         delivery failed | delivery has failed | failed to deliver | message was rejected | \
         mail was rejected | message was not accepted | has been rejected | email you sent was rejected | \
         user unknown | unknown user | no such user | invalid user | unrouteable address | mailbox full | \
         mailbox is full | over quota | mailbox unavailable | host unknown | mailbox not found | \
         recipient not found | address rejected | connection timed out | relaying denied | \
         does not exist | no longer accepts mail",
)];

/// General words of failure, in any language.
pub(in crate::arf::kind) static FAILURES: LazyLock<Option<Pattern>> =
    LazyLock::new(|| any_in_text(&[FAILURE_TEXT, BOUNCE_SUBJECT]));

/// An SMTP reply: a code with its enhanced status (RFC 3463), or a code that somebody said.
static SMTP_REPLY: LazyLock<Option<Pattern>> = LazyLock::new(|| {
    const CODE: &str = "(?:421|45[0-9]|501|521|525|55[0-9]|571)";
    const STATUS: &str = r"[45]\.[0-9]{1,3}\.[0-9]{1,3}\b";
    const SAID: &str = "said|responded|response|replied|answer|error|error[ _]code|reason|failure|rejected|\
        because of|status";
    // What a server goes on with after a bare code: "550 euros" and "552 MB" are none.
    const TOPIC: &str =
        r"user|mailbox|mail\b|message|requested|unknown|no such|no user|no mailbox|recipient|address";
    const MORE: &str = "sorry|delivery|permanent|transaction|service|host|relay|unable|invalid|account|denied|\
        rejected|error|spam|domain|sender|temporar|deferred|blocked|access|<[^<> @]+@";
    pattern(
        &[
            format!(r"\b[45][0-9][0-9][ \-:]{{1,2}}[#(]?{STATUS}"),
            format!("#{STATUS}"),
            format!(r"\bstatus(?: code)?[:=] ?{STATUS}"),
            format!(r"\b(?:{SAID})[^a-z0-9]{{1,6}}{CODE}[ \-:]"),
            format!(r"\b{CODE}[ :\-]{{1,3}}(?:{TOPIC}|{MORE})"),
        ]
        .join("|"),
    )
});

/// Whether an SMTP reply stands in folded text. Each begins with a 4 or a 5 before a digit or a dot, which most texts
/// lack; the pattern has no letters to look for and would read them byte by byte.
pub(in crate::arf::kind) fn says_smtp_reply(folded: &str) -> bool {
    let bytes = folded.as_bytes();
    let begins = |at: usize| bytes.get(at + 1).is_some_and(|next| next.is_ascii_digit() || *next == b'.');
    memchr::memchr2_iter(b'4', b'5', bytes).any(begins) && says(&SMTP_REPLY, folded)
}

/// Fields of a delivery status (RFC 3464 §2) written as text.
pub(in crate::arf::kind) static STATUS_FIELDS: LazyLock<Option<Pattern>> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:final-recipient|original-recipient|x-actual-recipient): ?(?:rfc822|utf-8|x-[a-z]+|local) ?;",
        r"|\bdiagnostic-code: ?(?:smtp|x-[a-z0-9-]+) ?;",
        r"|\breporting-mta: ?(?:dns|x-[a-z]+) ?;",
        r"|\baction: (?:failed|delayed)\b",
    ))
});

/// A conversation with a mail server: `>>> RCPT TO`, `<<< 550`, `RCPT TO:<…>`.
pub(in crate::arf::kind) static TRANSCRIPT: LazyLock<Option<Pattern>> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:>>>|sent <<<|->) ?(?:rcpt to|mail from|data\b|helo\b|ehlo\b)",
        r"|(?:<<<|received >>>|<-) ?[45][0-9][0-9]\b",
        r"|\brcpt to: ?<|\bend of data\b|\brcpt_to\b",
        r"|\breply to (?:rcpt to|mail from|data|end of data)\b",
    ))
});

/// A recipient as mail systems list one that failed: `<user@host>:`, `user@host:`.
pub(in crate::arf::kind) static RECIPIENT: LazyLock<Option<Pattern>> =
    LazyLock::new(|| pattern(r"<[^<> @]{1,64}@[^<> @]{1,255}>[:;(.]|[^ <>@]{1,64}@[a-z0-9.-]{1,255}:"));

/// Amazon's notices by way of SNS are JSON, once or twice quoted.
pub(in crate::arf::kind) static AMAZON: LazyLock<Option<Pattern>> = LazyLock::new(|| {
    pattern(r#"\\?"(?:notification|event)type\\?" ?: ?\\?"(?:bounce|delivery|deliverydelay)\\?""#)
});

/// Every pattern with the tables it is made of.
#[cfg(test)]
pub(super) const TABLES: &[(&LazyLock<Option<Pattern>>, &[Table])] = &[
    (&BOUNCE_SUBJECTS, &[BOUNCE_SUBJECT_ENGLISH, BOUNCE_SUBJECT]),
    (&NOTICES, &[NOTICE]),
    (&FAILURES, &[FAILURE_TEXT, BOUNCE_SUBJECT]),
];
