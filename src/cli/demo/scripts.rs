//! What people and crooks write in the demo: subjects and texts. In braces: `{brand}` our organisation, `{n}` a
//! number, `{name}` a person, `{amount}` money, `{token}` letters and digits, `{word}` a word.

use super::random::Random;

/// One kind of campaign.
pub struct Script {
    pub subject: &'static str,
    /// Display name and local part of the forged sender.
    pub sender: (&'static str, &'static str),
    /// Path of the links; empty without links.
    pub path: &'static str,
    /// Name and type of the file that is attached.
    pub file: Option<(&'static str, &'static str)>,
    /// Answers go to an address of the crook, which the text names too.
    pub replies: bool,
    pub button: &'static str,
    pub text: &'static [&'static str],
}

/// Campaigns. The first two are in every demo and recent: the README's examples look for them.
pub const SCRIPTS: &[Script] = &[
    Script {
        subject: "Outgoing wire transfer {n}",
        sender: ("{brand} Payments", "payments"),
        path: "/secure/mail.htm",
        file: None,
        replies: false,
        button: "Review the transfer",
        text: &[
            "Dear customer,",
            "An outgoing wire transfer of {amount} from your account has been scheduled for today. The reference of \
             the order is {n}.",
            "If you did not authorise this payment, you have to cancel it within 12 hours. After that the amount is \
             released to the receiving bank and cannot be called back.",
            "To cancel, confirm that you are the owner of the account:",
            "For your protection your card stays blocked until then. {brand} will never ask for your PIN on the phone.",
            "{brand} Payment Security",
        ],
    },
    Script {
        subject: "Your mailbox is almost full (98%)",
        sender: ("Mail Administrator", "postmaster"),
        path: "/webmail/{token}/mail.htm",
        file: None,
        replies: false,
        button: "Increase quota",
        text: &[
            "Hello,",
            "Your mailbox has used 98% of its storage. New messages are being held back by the server since this \
             morning: {n} of them are waiting.",
            "Sign in to the quota page with your usual password to get 5 GB more at no charge.",
            "Mailboxes that are not confirmed are closed after two days.",
            "The {brand} mail team",
        ],
    },
    Script {
        subject: "Ihre Überweisung über {amount} wurde zurückgewiesen",
        sender: ("{brand} Kundenservice", "service"),
        path: "/kunden/{word}/pruefung.php?id={token}",
        file: None,
        replies: false,
        button: "Jetzt prüfen",
        text: &[
            "Sehr geehrte Kundin, sehr geehrter Kunde,",
            "die Überweisung über {amount} mit der Auftragsnummer {n} konnte nicht ausgeführt werden, weil Ihre \
             Angaben nicht vollständig sind.",
            "Bitte gleichen Sie Ihre Daten innerhalb von 24 Stunden ab. Andernfalls müssen wir Ihren Zugang \
             vorübergehend sperren und eine Gebühr von 79,95 EUR erheben.",
            "Mit freundlichen Grüßen",
            "Ihr {brand} Kundenservice",
        ],
    },
    Script {
        subject: "Your parcel {n} is waiting",
        sender: ("{brand} Delivery", "tracking"),
        path: "/track?parcel={n}&k={token}",
        file: None,
        replies: false,
        button: "Arrange delivery",
        text: &[
            "Good day,",
            "our driver could not hand over your parcel because the customs fee of 1.99 EUR has not been paid.",
            "Choose a new date and settle the fee online. The parcel is returned to the sender after three days.",
            "Parcel number: {n}",
            "{brand}",
        ],
    },
    Script {
        subject: "Invoice {n}",
        sender: ("{brand} Billing", "billing"),
        path: "",
        file: Some(("invoice.zip", "application/zip")),
        replies: false,
        button: "",
        text: &[
            "Dear Sir or Madam,",
            "please find attached our invoice for last month's services. The amount of {amount} is due on receipt.",
            "The attachment is protected; the password is the invoice number.",
            "We thank you for your business.",
            "{name}, accounts receivable",
        ],
    },
    Script {
        subject: "Please sign: updated {word} agreement",
        sender: ("{name} via {brand}", "no-reply"),
        path: "/d/{token}/view",
        file: Some(("agreement.htm", "application/octet-stream")),
        replies: false,
        button: "Open the document",
        text: &[
            "{name} has shared a document with you.",
            "The updated {word} agreement needs your signature before the end of the day. Open it in your browser \
             and sign in with your work account; no other software is needed.",
            "This link is personal. Do not forward this message.",
        ],
    },
    Script {
        subject: "Quick favour",
        sender: ("{name}", "board"),
        path: "",
        file: None,
        replies: true,
        button: "",
        text: &[
            "Are you at your desk?",
            "I am in a meeting until the evening and cannot be called. A supplier has to be paid today, {amount}, \
             and I need you to take care of it discreetly. I will send the account as soon as you confirm.",
            "Answer only to {reply}, I read nothing else while travelling.",
            "{name}",
        ],
    },
    Script {
        subject: "Votre compte a été suspendu, réf. {n}",
        sender: ("{brand} Sécurité", "securite"),
        path: "/espace-client/{word}.html",
        file: None,
        replies: false,
        button: "Réactiver mon compte",
        text: &[
            "Cher client, chère cliente,",
            "une connexion inhabituelle à votre compte a été détectée. Par mesure de sécurité votre accès a été \
             suspendu.",
            "Pour le rétablir, confirmez votre identité sous 48 heures.",
            "Le service sécurité de {brand}",
        ],
    },
    Script {
        subject: "【重要】アカウントの確認 {n}",
        sender: ("{brand} サポート", "support"),
        path: "/jp/login/{token}",
        file: None,
        replies: false,
        button: "ログイン",
        text: &[
            "お客様各位",
            "お客様のアカウントに異常なログインが検出されました。安全のため、一部の機能を制限しております。",
            "24時間以内にご本人確認をお願いいたします。",
            "{brand} カスタマーサポート",
        ],
    },
    Script {
        subject: "Tax refund of {amount} pending",
        sender: ("Refund Office", "refund"),
        path: "/~{word}/refund/{token}.php",
        file: None,
        replies: false,
        button: "Claim your refund",
        text: &[
            "After the last annual calculation of your activity we have determined that you are eligible to receive \
             a refund of {amount}.",
            "Submit the request and allow three working days to process it. A refund can be delayed for a variety of \
             reasons, for example invalid records or applying after the deadline.",
            "Reference: {n}/{token}",
        ],
    },
    Script {
        subject: "I know what you did, {name}",
        sender: ("{name}", "info"),
        path: "",
        file: None,
        replies: false,
        button: "",
        text: &[
            "I will be short. Your device has been under my control for some weeks, and I have recorded you.",
            "Transfer {amount} in bitcoin within 50 hours, else everybody in your address book gets the video.",
            "Do not answer this message: it was sent from your own account, as you can see.",
        ],
    },
    Script {
        subject: "Fwd: statement {n}",
        sender: ("{brand} Archive", "archive"),
        path: "/dl/{n}/{word}.zip",
        file: Some(("statement.pdf.zip", "application/zip")),
        replies: false,
        button: "Download again",
        text: &[
            "Hi,",
            "as discussed, here is the statement with the corrected figures. Should the attachment have been removed \
             on the way, use the link.",
            "Regards, {name}",
        ],
    },
];

/// Single mails that belong to no campaign: subject and text.
pub const SINGLES: &[(&str, &str)] = &[
    (
        "Security alert: new sign-in from {word}",
        "A new device has signed in to your {brand} account. If that was you, nothing is to be done.",
    ),
    (
        "Re: your order {n}",
        "we have changed the delivery address of your order as you asked. Check the details before it leaves.",
    ),
    (
        "Cheap {word} online",
        "Save up to 80% on {word} and {word}. No questions asked, delivered in plain boxes.",
    ),
    (
        "Job offer: {word} assistant",
        "We pay {amount} a week for two hours of work a day at home. Only a bank account is needed.",
    ),
    ("Счёт на оплату № {n}", "Добрый день! Направляем вам счёт на оплату. Просим оплатить до конца недели."),
    (
        "Su factura electrónica {n}",
        "Adjuntamos el enlace a su factura electrónica. El importe es de {amount}.",
    ),
    (
        "Zaległa faktura {n}",
        "Przypominamy o zaległej płatności na kwotę {amount}. Prosimy o uregulowanie należności.",
    ),
    (
        "Hesabınız askıya alındı",
        "Hesabınızda olağan dışı bir işlem tespit edildi. Lütfen bilgilerinizi doğrulayın.",
    ),
    (
        "Meeting moved to {word} room",
        "please confirm the new time with the button below. The agenda has not changed.",
    ),
    ("Password expires in 2 days", "Keep your current password or choose a new one before it expires."),
    (
        "Quotation request {n}",
        "kindly send us your best price for the goods in the list, with the terms of delivery.",
    ),
    ("您的帐户已被锁定 {n}", "尊敬的客户,您的帐户因异常活动已被锁定。请尽快验证您的身份。"),
];

/// Subject and text of automatic answers.
pub const ABSENT: &[(&str, &str)] = &[
    (
        "Out of Office: Re: your message",
        "I am out of the office until Monday and will answer when I am back.",
    ),
    ("Automatic reply: offer {n}", "Thank you for your message. I am on leave with limited access to mail."),
    (
        "Abwesenheitsnotiz: Rückfrage",
        "Ich bin bis einschließlich Freitag nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.",
    ),
    (
        "Automatische Antwort: Termin",
        "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub und ab Montag wieder erreichbar.",
    ),
    (
        "Réponse automatique : votre demande",
        "Je suis absent du bureau jusqu'à lundi. Votre message ne sera pas lu avant mon retour.",
    ),
    ("Respuesta automática: consulta", "Estoy fuera de la oficina hasta el lunes y responderé a mi regreso."),
    ("Automatisch antwoord: afspraak", "Ik ben afwezig tot en met vrijdag en lees mijn e-mail niet."),
    ("Risposta automatica: richiesta", "Sono fuori ufficio fino a lunedì. Risponderò al mio rientro."),
];

/// Subjects of bounces.
pub const RETURNED: &[&str] = &[
    "Undelivered Mail Returned to Sender",
    "Mail delivery failed: returning message to sender",
    "Delivery Status Notification (Failure)",
    "failure notice",
];

/// Mail that is ours in truth, sent by the service with a broken set-up.
pub const NEWSLETTER: (&str, &str) = (
    "{brand} news: {word} and {word}",
    "this month we look at {word} and {word}, and tell you what changes for you in the new year.",
);

/// A post to a mailing list, and a mail to a former student.
pub const POST: (&str, &str) = (
    "question about {word} {word}",
    "has anybody seen this before? I have tried {word} and {word} without success.",
);
pub const LETTER: (&str, &str) = (
    "Your contract {n}",
    "thank you for your order. You find the terms of the contract in your customer account.",
);

const WORDS: &[&str] = &[
    "account", "annual", "atlas", "balance", "blue", "bridge", "budget", "cable", "candle", "city", "cloud",
    "copper", "crystal", "delta", "digital", "direct", "eagle", "energy", "express", "family", "forest",
    "garden", "global", "golden", "green", "harbor", "health", "home", "lease", "license", "market",
    "master", "mobile", "modern", "north", "ocean", "office", "orange", "panel", "payroll", "pension",
    "portal", "prime", "project", "quick", "rental", "river", "royal", "secure", "service", "silver",
    "smart", "solar", "spring", "star", "stone", "storage", "summer", "supply", "travel", "trust", "union",
    "value", "vendor", "water", "winter", "yellow",
];
const FIRST: &[&str] = &[
    "Anna", "Bruno", "Carla", "David", "Elena", "Felix", "Grace", "Hugo", "Irene", "Jonas", "Karin", "Louis",
    "Maria", "Nadia", "Oscar", "Petra", "Quentin", "Rosa", "Simon", "Tania", "Ulrich", "Vera", "Walter",
    "Xenia", "Yusuf", "Zoe",
];
const LAST: &[&str] = &[
    "Almeida", "Costa", "Dubois", "Ferrari", "Garcia", "Haddad", "Ivanov", "Jensen", "Kowalski", "Lopez",
    "Mensah", "Moreau", "Novak", "Okafor", "Petrov", "Rossi", "Sato", "Silva", "Tanaka", "Tran", "Weber",
];

/// One word.
pub fn word(random: &mut Random) -> &'static str {
    random.pick(WORDS)
}

/// First and last name.
pub fn person(random: &mut Random) -> (&'static str, &'static str) {
    (random.pick(FIRST), random.pick(LAST))
}

/// The template with every name in braces replaced.
pub fn fill(template: &str, random: &mut Random, brand: &str) -> String {
    let mut out = String::with_capacity(template.len() + 24);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        match name {
            "brand" => out.push_str(brand),
            "n" => out.push_str(&(10_000 + random.below(90_000_000)).to_string()),
            "name" => {
                let (first, last) = person(random);
                out.push_str(first);
                out.push(' ');
                out.push_str(last);
            }
            "amount" => out.push_str(&format!("{}.{:02} EUR", 90 + random.below(9000), random.below(100))),
            "token" => out.push_str(&random.token(16)),
            "word" => out.push_str(word(random)),
            other => out.push_str(&format!("{{{other}}}")),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
