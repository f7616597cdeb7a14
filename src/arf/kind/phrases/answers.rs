//! What answering machines write, by language. Data only.

use super::{Pattern, Table, alternatives, any_in_text, any_of, pattern};
use std::sync::LazyLock;

const AUTOMATIC_ANSWER: Table = &[
    (
        "English",
        "automatic reply | automatic response | automated reply | automated response | automatic answer | \
         auto reply | auto-reply | autoreply | auto response | auto-response | autoresponse | \
         autorespons | out of office | out of the office | out-of-office | \
         out-of-the-office | out of office autoreply | vacation message | vacation reply | \
         vacation response | vacation notice | vacation autoreply | away message | away from my mail | \
         away from office | away from the office | currently out of office | away from my email | \
         i am out of the office | i'm out of the office | i am away from the office | \
         currently out of the office | on vacation until | automatic email reply",
    ),
    (
        "German",
        "automatische antwort | automatische rückantwort | automatische rückmeldung | \
         automatische antwortmail | autom. antwort | abwesenheitsnotiz | abwesenheitsnachricht | \
         abwesenheitsmeldung | abwesenheitsassistent | abwesenheitsbenachrichtigung | \
         abwesenheitshinweis | abwesenheitsmail | abwesenheitsinfo | abwesenheitsagent | urlaubsnotiz | \
         urlaubsbenachrichtigung | automatische abwesenheitsnotiz | automatische eingangsbestätigung | \
         nicht im büro | ausser haus | auto-antwort | autoantwort",
    ),
    (
        "French",
        "réponse automatique | message automatique d'absence | absence du bureau | absent du bureau | \
         absente du bureau | message d'absence | notification d'absence | avis d'absence | \
         réponse automatisée | rép. auto | réponse auto | absence automatique | en dehors du bureau",
    ),
    (
        "Spanish",
        "respuesta automática | respuesta automatizada | fuera de la oficina | fuera de oficina | \
         autorespuesta | auto respuesta | contestación automática | mensaje automático de ausencia | \
         ausente de la oficina | aviso de ausencia",
    ),
    (
        "Portuguese, Catalan, Galician",
        "resposta automática | fora do escritório | ausência temporária | resposta automàtica | \
         fora de l'oficina | aviso de férias | mensagem de ausência | ausente do escritório",
    ),
    (
        "Italian",
        "risposta automatica | fuori sede | fuori ufficio | fuori dall'ufficio | assenza dall'ufficio | \
         assente dall'ufficio | risposta automatica di assenza | messaggio di assenza | avviso di assenza",
    ),
    (
        "Dutch",
        "automatisch antwoord | automatische antwoord | automatische reactie | afwezigheidsbericht | \
         afwezigheidsmelding | automatische beantwoording | automatische reply | \
         niet op kantoor | afwezigheidsassistent",
    ),
    (
        "Polish",
        "automatyczna odpowiedź | odpowiedź automatyczna | autoodpowiedź | auto odpowiedź | poza biurem | \
         nieobecność w biurze",
    ),
    (
        "Czech, Slovak",
        "automatická odpověď | automatická odpoveď | mimo kancelář | mimo kanceláře | mimo kanceláriu | \
         v nepřítomnosti | automatická zpráva o nepřítomnosti | oznámení o nepřítomnosti",
    ),
    (
        "Swedish, Danish, Norwegian, Icelandic",
        "autosvar | automatiskt svar | automatisk svar | automatisk besvarelse | frånvaromeddelande | \
         ej på kontoret | inte på kontoret | ikke på kontoret | ikke til stede | \
         fraværsbesked | fraværsmelding | fraværsmeddelelse | fraværsassistent | ude af kontoret | \
         borte fra kontoret | sjálfvirkt svar",
    ),
    (
        "Finnish, Estonian, Latvian, Lithuanian",
        "automaattinen vastaus | automaattivastaus | poissaoloilmoitus | poissa toimistosta | \
         automaatvastus | automaatne vastus | kontorist väljas | automātiskā atbilde | \
         automātiska atbilde | automatiskā atbilde | ārpus biroja | automatinis atsakymas | \
         automatinis atsakas | ne biure",
    ),
    (
        "Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Macedonian",
        "автоматический ответ | автоответ | автоответчик | нет на месте | вне офиса | нет в офисе | \
         отсутствую на рабочем месте | автоматическое уведомление об отсутствии | автоматична відповідь | \
         автовідповідь | автоматическое сообщение об отсутствии | поза офісом | немає на робочому місці | \
         автовідповідач | аўтаматычны адказ | автоматичен отговор | извън офиса | аутоматски одговор | \
         автоматски одговор",
    ),
    (
        "Turkish, Azerbaijani",
        "otomatik yanıt | otomatik cevap | ofis dışında | ofis dışı | ofiste değil | avtomatik cavab | \
         otomatik yanit | otomatik mesaj",
    ),
    ("Greek", "αυτόματη απάντηση | εκτός γραφείου | απουσία από το γραφείο | αυτόματη απάντηση απουσίας"),
    ("Hungarian", "automatikus válasz | házon kívül | irodán kívül | automatikus üzenet"),
    (
        "Romanian",
        "răspuns automat | mesaj automat de absență | absent din birou | în afara biroului | \
         absență de la birou",
    ),
    (
        "Slovene, Croatian, Bosnian, Albanian",
        "samodejni odgovor | samodejno sporočilo o odsotnosti | odsoten iz pisarne | automatski odgovor | \
         van ureda | izvan ureda | përgjigje automatike",
    ),
    (
        "Hebrew, Arabic, Persian",
        "תשובה אוטומטית | מענה אוטומטי | מחוץ למשרד | رد تلقائي | الرد التلقائي | خارج المكتب | \
         پاسخ خودکار",
    ),
    (
        "Vietnamese, Indonesian, Malay, Thai, Hindi",
        "trả lời tự động | thư trả lời tự động | vắng mặt tại văn phòng | balasan otomatis | \
         jawaban otomatis | balasan automatik | di luar kantor | ตอบกลับอัตโนมัติ | \
         ข้อความตอบกลับอัตโนมัติ | ไม่อยู่ที่สำนักงาน | स्वचालित उत्तर | स्वत: उत्तर",
    ),
    (
        "Japanese",
        "自動応答 | 自動返信 | 自動回答 | 不在通知 | 不在のお知らせ | 不在です | 不在連絡 | 休暇のお知らせ",
    ),
    (
        "Chinese",
        "自动答复 | 自动回复 | 自動回覆 | 自動答覆 | 自動回復 | 自动应答 | 不在办公室 | 不在辦公室 | 外出自动",
    ),
    ("Korean", "자동 회신 | 자동회신 | 자동 응답 | 자동응답 | 자동 답장 | 부재중 | 부재 중"),
];

/// Words that are an automatic answer's only with their colon.
const ANNOUNCED: Table = &[
    ("German, Dutch", "abwesend: | niet aanwezig: | afwezig: | automatisch bericht:"),
    ("Czech, Hungarian", "nepřítomnost: | szabadságon:"),
    ("Swedish, Danish, Norwegian, Finnish", "frånvarande: | fravær: | poissa:"),
];

/// A subject that begins with the name of an automatic answer and then goes on as those do: with the end, a sign, or
/// a word like "re". "Out of office furniture, 20 % off" is none.
pub(in crate::arf::kind) static AUTOMATIC_SUBJECT: LazyLock<Option<Pattern>> = LazyLock::new(|| {
    let phrases = alternatives(&[AUTOMATIC_ANSWER]);
    let announced = alternatives(&[ANNOUNCED]);
    // In every language: "from", "until", "of the", "reply", "message", and the marks of replies.
    const GOES_ON: &str = "re|aw|sv|fw|fwd|from|to|until|till|til|through|auto|autoreply|auto-reply|reply|message|\
        messages|notice|notification|response|von|bis|vom|du|jusqu'au|del|dal|hasta|ate|fino|van|\
        tot|od|do|fra|auf|sur|a|al|na|op|pa|от|до|від|на";
    const SIGN: &str = r#" ?[\]:;.,!(\[|*_~"'>)}-]"#;
    const EAST_ASIAN: &str = r" ?[\u{2e80}-\u{d7ff}]";
    pattern(&format!(
        r#"^[\[(*"'<{{ ]*(?:{announced}|(?:{phrases})(?:$|{SIGN}|{EAST_ASIAN}| (?:{GOES_ON})(?:[ :.,]|$)| ?[0-9]))"#
    ))
});

const ABSENT: Table = &[
    (
        "English",
        "is out of the office | is out of office | is out-of-office | am out of the office | \
         i'm out of the office | will be out of the office | will be out of office | \
         is away from the office | is currently out of the office | away from office until | \
         is on vacation until | am on vacation until | (auto-reply) | (autoreply) | (auto reply) | \
         (automatic reply) | [auto-reply] | [autoreply] | (out of office) | [out of office] | \
         - out of office | - automatic reply",
    ),
    ("German", "ist ausser haus | ist nicht im büro | bin nicht im büro | bin ausser haus"),
    (
        "French",
        "est absent du bureau | est absente du bureau | est absent(e) du bureau | \
         je suis absent du bureau",
    ),
    ("Spanish", "está fuera de la oficina | estoy fuera de la oficina"),
    ("Portuguese", "está fora do escritório | estou fora do escritório"),
    ("Italian", "è fuori ufficio | sono fuori ufficio"),
    ("Dutch", "is niet op kantoor | ben niet op kantoor"),
    ("Polish, Czech", "jest poza biurem | jestem poza biurem | není v kanceláři | nejsem v kanceláři"),
    ("Swedish, Danish, Norwegian", "är inte på kontoret | er ikke på kontoret | er ude af huset"),
    ("Russian, Ukrainian", "не в офисе | отсутствует в офисе | не в офісі"),
    (
        "Turkish, Hungarian, Romanian",
        "ofis dışında olacağım | ofiste değilim | nincs az irodában | házon kívül vagyok | \
         nu este la birou",
    ),
    ("Japanese", "は不在です"),
];

/// A subject that says of a person that he or she is away, anywhere in it.
pub(in crate::arf::kind) static ABSENT_SUBJECT: LazyLock<Option<Pattern>> =
    LazyLock::new(|| any_of(&[ABSENT]));

/// "AUTO: …", as Notes writes and as insurers do: counts only in reply to another mail.
pub(in crate::arf::kind) static SHORT_SUBJECT: LazyLock<Option<Pattern>> =
    LazyLock::new(|| pattern("^(?:auto|auto re|ooo|oof|autoresponder|auto-responder|auto responder) ?[:-]"));

const HOLIDAY: Table = &[
    (
        "English",
        "vacation | on vacation | holiday | on holiday | annual leave | on leave | maternity leave | \
         parental leave | away | out of town | office closed | thank you for your email | \
         thank you for your message | thank you for contacting | we have received your | \
         your message has been received",
    ),
    (
        "German",
        "urlaub | im urlaub | abwesend | abwesenheit | elternzeit | mutterschutz | ihre nachricht | \
         eingangsbestätigung",
    ),
    ("French", "absence | absent | absente | congés | congé | en congé | vacances"),
    (
        "Spanish, Portuguese",
        "vacaciones | de vacaciones | ausencia | ausente | férias | de férias | ausência",
    ),
    ("Italian", "ferie | in ferie | assenza | assente"),
    ("Dutch", "vakantie | afwezig | afwezigheid"),
    ("Polish, Czech, Slovak", "urlop | na urlopie | nieobecność | dovolená | dovolenka | nepřítomnost"),
    ("Swedish, Danish, Norwegian", "semester | frånvaro | frånvarande | ferie | fravær"),
    ("Finnish, Estonian", "loma | lomalla | poissa | poissaolo | puhkus | puhkusel"),
    ("Latvian, Lithuanian", "atvaļinājums | atvaļinājumā | prombūtnē | prombūtne | atostogos | atostogauju"),
    (
        "Russian, Ukrainian, Bulgarian",
        "отпуск | в отпуске | отсутствие | відпустка | у відпустці | відсутність | отпуска | в отпуск",
    ),
    ("Turkish", "izindeyim | yıllık izin | tatildeyim | izin"),
    ("Greek", "άδεια | σε άδεια | απουσία"),
    ("Hungarian, Romanian", "szabadság | szabadságon | concediu | în concediu | absență"),
    ("Slovene, Croatian", "dopust | na dopustu | godišnji odmor | odsotnost"),
    ("Japanese, Chinese, Korean", "休暇 | 不在 | 休假 | 外出 | 休假通知 | 휴가 | 부재"),
];

/// A subject that begins with a word for holidays: counts only together with a header.
pub(in crate::arf::kind) static HOLIDAY_SUBJECT: LazyLock<Option<Pattern>> =
    LazyLock::new(|| pattern(&format!(r"^[(\[*' ]*(?:{})(?:$|[^a-z])", alternatives(&[HOLIDAY]))));

const ANSWER_TEXT: Table = &[
    (
        "English",
        "i am out of the office | i am currently out of the office | i'm out of the office | \
         i will be out of the office | i'm currently out of the office | i am currently out of office | \
         i am out of office | i will be out of office | i am away from the office | i am on vacation | \
         i am currently on vacation | i am on holiday | i am on annual leave | i am currently on leave | \
         i'm on vacation | i'm on holiday | with limited access to email | limited access to my email | \
         will respond to your message when i return | will reply when i return | \
         will get back to you when i return | this is an automatic reply | this is an automated reply | \
         this is an automatic response | this is an automated response | this is an auto-reply | \
         this is an autoreply | this is an auto-response | this is an autoresponse | \
         this is an auto response | automatic response to your | automated response to your",
    ),
    (
        "German",
        "ich bin nicht im büro | ich bin derzeit nicht im büro | ich bin im urlaub | \
         ich befinde mich im urlaub | ich bin zur zeit nicht | ich bin zurzeit nicht | \
         ich bin derzeit nicht | ich bin ausser haus | ich bin abwesend | ich bin bis | \
         ich bin wieder ab | ihre e-mail wird nicht weitergeleitet | \
         ihre nachricht wird nicht weitergeleitet | dies ist eine automatische antwort",
    ),
    (
        "French",
        "je suis absent | je suis actuellement absent | je suis en congé | \
         je suis actuellement en congé | je serai absent | je serai de retour | \
         ceci est une réponse automatique",
    ),
    (
        "Spanish",
        "estoy fuera de la oficina | me encuentro fuera de la oficina | estaré fuera de la oficina | \
         estoy de vacaciones | me encuentro de vacaciones | esta es una respuesta automática",
    ),
    (
        "Portuguese",
        "estou fora do escritório | estou de férias | estarei ausente | encontro-me ausente | \
         encontro-me de férias | esta é uma resposta automática",
    ),
    (
        "Italian",
        "sono fuori ufficio | sarò assente | sono assente | sono in ferie | \
         questa è una risposta automatica",
    ),
    (
        "Dutch",
        "ik ben afwezig | ik ben niet aanwezig | ik ben momenteel afwezig | ik ben met vakantie | \
         ik ben op vakantie | ik ben weer aanwezig | dit is een automatisch antwoord",
    ),
    (
        "Polish",
        "jestem poza biurem | jestem na urlopie | przebywam na urlopie | jestem nieobecn | \
         to jest automatyczna odpowiedź",
    ),
    (
        "Czech, Slovak",
        "jsem mimo kancelář | nejsem v kanceláři | mám dovolenou | čerpám dovolenou | \
         som mimo kancelárie | čerpám dovolenku | toto je automatická odpověď | \
         toto je automatická odpoveď",
    ),
    (
        "Swedish",
        "jag är på semester | jag är inte på kontoret | jag är tillbaka | jag har semester | \
         detta är ett automatiskt svar",
    ),
    (
        "Danish, Norwegian",
        "jeg er på ferie | jeg er ikke på kontoret | jeg holder ferie | jeg har ferie | jeg er tilbake | \
         jeg er tilbage | jeg er fraværende | dette er et automatisk svar",
    ),
    (
        "Finnish, Estonian",
        "olen lomalla | olen poissa | olen matkoilla | olen puhkusel | tämä on automaattinen vastaus",
    ),
    ("Latvian, Lithuanian", "esmu atvaļinājumā | esmu prombūtnē | atostogauju | šiuo metu atostogauju"),
    (
        "Russian",
        "я в отпуске | нахожусь в отпуске | меня не будет | отсутствую в офисе | буду отсутствовать | \
         это автоматический ответ",
    ),
    (
        "Ukrainian, Bulgarian",
        "я у відпустці | перебуваю у відпустці | це автоматична відповідь | в отпуск съм | \
         извън офиса съм",
    ),
    ("Turkish", "ofis dışındayım | yıllık izindeyim | izindeyim | tatildeyim | bu otomatik bir yanıttır"),
    (
        "Greek",
        "είμαι εκτός γραφείου | βρίσκομαι εκτός γραφείου | απουσιάζω | θα απουσιάζω | βρίσκομαι σε άδεια",
    ),
    (
        "Hungarian",
        "szabadságon vagyok | házon kívül vagyok | nem vagyok az irodában | ez egy automatikus válasz",
    ),
    ("Romanian", "sunt în concediu | nu sunt la birou | voi fi plecat | acesta este un răspuns automat"),
    ("Slovene, Croatian", "sem na dopustu | nisem v pisarni | na godišnjem sam odmoru | nisam u uredu"),
    ("Japanese", "休暇をいただいて | 不在にして | 休暇中です | 自動返信です | 自動応答です | 自動返信メール"),
    (
        "Chinese",
        "我正在休假 | 我不在办公室 | 我目前不在 | 休假中 | 这是自动回复 | 此为自动回复 | 這是自動回覆",
    ),
    ("Korean", "부재중입니다 | 휴가 중입니다 | 자동 회신입니다 | 자동 응답 메일"),
];

/// A sentence of an automatic answer's body: counts only together with a header.
pub(in crate::arf::kind) static ANSWER_TEXTS: LazyLock<Option<Pattern>> =
    LazyLock::new(|| any_in_text(&[ANSWER_TEXT]));

/// Every pattern with the tables it is made of.
#[cfg(test)]
pub(super) const TABLES: &[(&LazyLock<Option<Pattern>>, &[Table])] = &[
    (&AUTOMATIC_SUBJECT, &[AUTOMATIC_ANSWER, ANNOUNCED]),
    (&ABSENT_SUBJECT, &[ABSENT]),
    (&HOLIDAY_SUBJECT, &[HOLIDAY]),
    (&ANSWER_TEXTS, &[ANSWER_TEXT]),
];
