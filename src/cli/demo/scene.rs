//! What one message of the demo is about: chooses scene, people, source and reporter, and keeps the facts.

use super::Generated;
use super::campaign::{self, Calendar, Campaign};
use super::facts::{Facts, File};
use super::mail::{Body, Mail};
use super::random::{Random, zipf};
use super::report::{self, Wording};
use super::scripts::{self, fill};
use super::world::{
    self, Dialect, FORWARDER, LISTS, NETWORKS, OWN, REPORTERS, Reporter, SERVICE, SERVICE_NETWORK,
};
use crate::model::clock::Seconds;
use crate::model::{Cause, Delivery, DomainPolicy, Kind, Status};
use std::sync::LazyLock;

static NETWORK_TOTALS: LazyLock<Vec<f64>> = LazyLock::new(|| zipf(NETWORKS.len(), 0.9));
static REPORTER_TOTALS: LazyLock<Vec<f64>> = LazyLock::new(|| zipf(REPORTERS.len(), 0.8));
static OWN_TOTALS: LazyLock<Vec<f64>> = LazyLock::new(|| zipf(OWN.len(), 0.8));

/// The scenes, and how many of a thousand messages play them. What is left is fraud reported as a failure.
const SCENES: &[(Scene, u64)] = &[
    (Scene::Complaint, 150),
    (Scene::Trap, 80),
    (Scene::Returned, 30),
    (Scene::Absent, 25),
    (Scene::Service, 25),
    (Scene::Forwarded, 15),
    (Scene::List, 12),
];

#[derive(Clone, Copy, PartialEq, Debug)]
enum Scene {
    /// Fraud in our name that failed authentication.
    Fraud,
    /// Somebody complained about a mail in our name.
    Complaint,
    /// It hit a spamtrap.
    Trap,
    /// A bounce to a forged mail.
    Returned,
    /// An automatic answer.
    Absent,
    /// Our own newsletter, sent by a service that is not set up well.
    Service,
    /// Our own mail, through a forwarder.
    Forwarded,
    /// Our own mail, through a mailing list.
    List,
}

/// The message with this number.
pub fn message(seed: u64, index: u64, count: u64, calendar: &Calendar) -> Generated {
    let mut random = Random::new(seed, index);
    let (arrival, campaign) = calendar.at(index, &mut random);
    let mut roll = random.below(1000);
    let scene = SCENES.iter().find_map(|(scene, times)| {
        let hit = roll < *times;
        roll = roll.wrapping_sub(*times);
        hit.then_some(*scene)
    });
    let mut cast = Cast::new(scene.unwrap_or(Scene::Fraud), arrival, campaign, &mut random);
    let received = arrival + 40;
    let own = cast.own_domain();
    let (bytes, status) = if index == count / 4 {
        (report::aggregate(own, received, &mut random), Status::NotReport)
    } else if index == count / 2 {
        (report::newsletter(received, &mut random), Status::NotReport)
    } else {
        cast.wording.cut = index == count * 3 / 4;
        let status = if cast.wording.cut { Status::Quarantined } else { Status::Report };
        let (head, body) = cast.mail.write(&mut random);
        (report::write(&cast.facts, &cast.wording, &head, &body, &mut random), status)
    };
    cast.facts.status = status;
    Generated { index, received, bytes, facts: cast.facts }
}

/// Everybody and everything in one message.
struct Cast<'a> {
    own: usize,
    mail: Mail<'a>,
    wording: Wording,
    facts: Facts,
}

impl<'a> Cast<'a> {
    fn new(scene: Scene, arrival: Seconds, campaign: Option<&'a Campaign>, random: &mut Random) -> Cast<'a> {
        let campaign = campaign.filter(|_| matches!(scene, Scene::Fraud | Scene::Complaint | Scene::Trap));
        let own = campaign.map_or_else(|| random.weighted(&OWN_TOTALS), |c| c.own);
        let reporter = reporter(scene, random);
        let mail = mail(scene, own, arrival, campaign, reporter, random);
        let wording = wording(scene, own, &mail, reporter, random);
        let facts = facts(scene, own, &mail, &wording, random);
        Cast { own, mail, wording, facts }
    }

    fn own_domain(&self) -> &'static str {
        OWN[self.own].0
    }
}

fn reporter(scene: Scene, random: &mut Random) -> Reporter {
    loop {
        let reporter = REPORTERS[random.weighted(&REPORTER_TOTALS)];
        let complains = matches!(scene, Scene::Complaint | Scene::Trap);
        if reporter.complaints == complains || reporter.dialect == Dialect::EncodedMail {
            return reporter;
        }
    }
}

fn mail<'a>(
    scene: Scene,
    own: usize,
    arrival: Seconds,
    campaign: Option<&'a Campaign>,
    reporter: Reporter,
    random: &mut Random,
) -> Mail<'a> {
    let (domain, brand) = OWN[own];
    let (first, last) = scripts::person(random);
    let local = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
    let (their_first, their_last) = scripts::person(random);
    let network = match scene {
        Scene::Service => SERVICE_NETWORK,
        Scene::Forwarded => FORWARDER.1,
        Scene::List => LISTS.1,
        _ => match campaign {
            Some(campaign) => random.pick(&campaign.botnet),
            None => random.weighted(&NETWORK_TOTALS),
        },
    };
    let ipv6 = random.per_mille(80);
    // A few hosts of a network send most of it.
    let host = if random.per_mille(700) { random.below(12) * 2654 + 7 } else { random.below(65_536) };
    let token = random.token(14);
    let mut mail = Mail {
        source: world::address(network, host << if ipv6 { 16 } else { 0 }, ipv6),
        receiver: reporter.host,
        arrival,
        envelope: format!("{local}@{domain}"),
        recipient: format!(
            "{}.{}@{}{}.test",
            their_first.to_lowercase(),
            their_last.to_lowercase(),
            scripts::word(random),
            random.below(300),
        ),
        from: format!("{local}@{domain}"),
        from_name: Some(format!("{first} {last}")),
        reply_to: None,
        subject: String::new(),
        message_id: format!("{token}.{arrival}@{domain}"),
        headers: vec![],
        urls: vec![],
        body: Body::Returned,
        file: None,
    };
    let written =
        |paragraphs: Vec<String>, button, html_only| Body::Written { paragraphs, button, html_only };
    match (scene, campaign) {
        (Scene::Fraud | Scene::Complaint | Scene::Trap, Some(campaign)) => {
            forge(&mut mail, campaign, domain, brand, random);
        }
        (Scene::Fraud | Scene::Complaint | Scene::Trap, None) => {
            let (subject, text) = random.pick(scripts::SINGLES);
            mail.subject = fill(subject, random, brand);
            let host = campaign::host(scripts::word(random), random);
            mail.envelope = format!("{}@{host}", random.token(8));
            for _ in 0..random.below(3) {
                let path = fill(
                    random.pick(&["/{word}/{token}.php", "/r/{token}", "/", "/{word}.html?x=1&y={n}"]),
                    random,
                    brand,
                );
                mail.urls.push(format!("http://{host}{path}"));
            }
            mail.urls.sort();
            mail.urls.dedup();
            let text = vec![
                "Hello,".to_owned(),
                fill(text, random, brand),
                format!("Reference: {}", random.token(20)),
            ];
            mail.body = written(text, "Open", random.per_mille(300));
        }
        (Scene::Returned, _) => {
            mail.envelope = String::new();
            mail.recipient = mail.from;
            mail.from = format!("MAILER-DAEMON@{domain}");
            mail.from_name = Some("Mail Delivery System".to_owned());
            mail.subject = random.pick(scripts::RETURNED).to_owned();
        }
        (Scene::Absent, _) => {
            let (subject, text) = random.pick(scripts::ABSENT);
            mail.envelope = String::new();
            mail.subject = fill(subject, random, brand);
            mail.body = Body::Absent(text.to_owned());
            mail.headers.push("Auto-Submitted: auto-replied".to_owned());
        }
        (Scene::Service, _) => {
            mail.envelope = format!("bounce+{token}@bounce.{SERVICE}");
            mail.from = format!("news@{domain}");
            mail.from_name = Some(format!("{brand} news"));
            mail.subject = fill(scripts::NEWSLETTER.0, random, brand);
            mail.urls = vec![format!("https://click.{SERVICE}/c/{}", random.token(20))];
            mail.headers.push(format!("List-Unsubscribe: <mailto:leave-{token}@{SERVICE}>"));
            let text =
                vec!["Dear reader,".to_owned(), fill(scripts::NEWSLETTER.1, random, brand), brand.to_owned()];
            mail.body = written(text, "Read on", false);
        }
        (Scene::Forwarded, _) => {
            let forwarder = FORWARDER.0;
            mail.envelope = format!("SRS0={}=HH={domain}={local}@{forwarder}", random.token(4));
            mail.subject = fill(scripts::LETTER.0, random, brand);
            mail.headers.extend([
                format!(
                    "ARC-Seal: i=1; a=rsa-sha256; t={arrival}; cv=none; d={forwarder}; s=arc;\n\tb={}==",
                    random.token(60),
                ),
                format!(
                    "ARC-Authentication-Results: i=1; {forwarder}; dkim=pass header.d={domain};\n\t\
                     spf=pass smtp.mailfrom={local}@{domain}; dmarc=pass header.from={domain}",
                ),
                format!("X-Forwarded-To: {}", mail.recipient),
            ]);
            let text =
                vec!["Dear customer,".to_owned(), fill(scripts::LETTER.1, random, brand), brand.to_owned()];
            mail.body = written(text, "", false);
        }
        (Scene::List, _) => {
            let lists = LISTS.0;
            mail.envelope = format!("talk-bounces@{lists}");
            mail.recipient = format!("talk@{lists}");
            mail.subject = format!("[talk] {}", fill(scripts::POST.0, random, brand));
            mail.headers.extend([
                "Precedence: list".to_owned(),
                format!("List-Id: General discussion <talk.{lists}>"),
                format!("List-Post: <mailto:talk@{lists}>"),
            ]);
            mail.urls = vec![format!("https://{lists}/listinfo/talk")];
            let text = vec!["Hi all,".to_owned(), fill(scripts::POST.1, random, brand), format!("{first}")];
            mail.body = written(text, "Settings of this list", false);
        }
    }
    if scene == Scene::Trap {
        mail.recipient = format!("trap{}{}", random.below(200), world::TRAPS);
    }
    mail
}

/// A mail of a campaign.
fn forge<'a>(mail: &mut Mail<'a>, campaign: &'a Campaign, domain: &str, brand: &str, random: &mut Random) {
    let script = campaign.script;
    mail.subject = fill(script.subject, random, brand);
    mail.from = format!("{}@{domain}", script.sender.1);
    mail.from_name = Some(fill(script.sender.0, random, brand));
    let host = &campaign.hosts[random.index(campaign.hosts.len())];
    if random.per_mille(600) {
        mail.envelope = format!("{}@{host}", random.token(8));
    } else {
        mail.envelope.clone_from(&mail.from);
    }
    if !script.path.is_empty() {
        let scheme = if random.per_mille(600) { "https" } else { "http" };
        mail.urls.push(format!("{scheme}://{host}{}", fill(script.path, random, brand)));
    }
    let mut paragraphs: Vec<String> = script.text.iter().map(|text| fill(text, random, brand)).collect();
    if script.replies {
        let reply = format!("{}@{}", random.token(10), campaign.hosts[0]);
        paragraphs.iter_mut().for_each(|text| *text = text.replace("{reply}", &reply));
        mail.reply_to = Some(reply);
    }
    mail.file = campaign.file.as_ref().map(|(file, data)| (file, data.as_slice()));
    mail.body = Body::Written { paragraphs, button: script.button, html_only: campaign.html_only };
}

fn wording(scene: Scene, own: usize, mail: &Mail<'_>, reporter: Reporter, random: &mut Random) -> Wording {
    let domain = OWN[own].0;
    let (policy, disposition, delivery_result) = match own % 3 {
        0 => ("reject", "reject", "reject"),
        1 => ("quarantine", "quarantine", "spam"),
        _ => ("none", "none", "delivered"),
    };
    let sender = mail.envelope.rsplit_once('@').map_or(domain, |(_, host)| host);
    let (dkim, spf) = match scene {
        Scene::Service => (format!("dkim=pass header.d={SERVICE}"), "pass"),
        Scene::Forwarded | Scene::List => {
            (format!("dkim=fail (body hash did not verify) header.d={domain}"), "pass")
        }
        _ if random.per_mille(500) => ("dkim=none".to_owned(), "fail"),
        _ => (format!("dkim=fail (signature did not verify) header.d={domain}"), "softfail"),
    };
    let failure = !matches!(scene, Scene::Complaint | Scene::Trap);
    let results = format!(
        "{dkim};\n\tspf={spf} smtp.mailfrom={sender};\n\tdmarc=fail (p={policy} dis={disposition}) header.from={domain}"
    );
    Wording {
        reporter,
        results: failure.then_some(results),
        delivery_result,
        alignment: random.pick(&["none", "dkim", "spf", "dkim, spf"]),
        forged: random.per_mille(10),
        cut: false,
    }
}

fn facts(scene: Scene, own: usize, mail: &Mail<'_>, wording: &Wording, random: &mut Random) -> Facts {
    let Reporter { agent, dialect, hides, .. } = wording.reporter;
    let failure = wording.results.is_some();
    let headers_only = dialect == Dialect::HeadersOnly;
    let whole = !headers_only;
    let recipient = match mail.recipient.rsplit_once('@') {
        Some((_, host)) if hides && scene != Scene::Trap => format!("redacted@{host}"),
        _ => mail.recipient.clone(),
    };
    let returned = scene == Scene::Returned;
    let files = || mail.file.filter(|_| whole).map(|(file, _)| File::clone(file)).into_iter().collect();
    Facts {
        status: Status::Report,
        feedback_type: if failure { "auth-failure" } else { "abuse" },
        kind: match scene {
            Scene::Returned => Kind::Bounce,
            Scene::Absent => Kind::AutoReplied,
            _ => Kind::Normal,
        },
        cause: match scene {
            Scene::Fraud => Some(Cause::Fraud),
            Scene::Service => Some(Cause::OwnEsp),
            Scene::Forwarded => Some(Cause::Forwarded),
            Scene::List => Some(Cause::List),
            _ => None,
        },
        arrival: mail.arrival,
        source_ip: Some(mail.source),
        source_port: random.per_mille(60).then(|| 1024 + random.below(60_000) as u16),
        reported_domains: vec![OWN[own].0.to_owned()],
        original_mail_from: Some(mail.envelope.clone()),
        original_rcpt_to: vec![recipient],
        auth_failure: failure.then_some("dmarc"),
        // `delivered` and `spam` beside a disposition can be read in two ways.
        delivery: (failure && wording.delivery_result == "reject").then_some(Delivery::Reject),
        policy: failure
            .then_some([DomainPolicy::Reject, DomainPolicy::Quarantine, DomainPolicy::None][own % 3]),
        user_agent: agent,
        incidents: if failure { 1 } else { 1 + random.below(3) as u32 },
        from: mail.from.clone(),
        from_name: mail.from_name.clone(),
        reply_to: mail.reply_to.clone(),
        subject: mail.subject.clone(),
        message_id: mail.message_id.clone(),
        urls: if whole { mail.urls.clone() } else { vec![] },
        addresses: (!returned).then(|| mail.reply_to.iter().filter(|_| whole).cloned().collect()),
        files: (!returned).then(files),
        headers_only,
    }
}
