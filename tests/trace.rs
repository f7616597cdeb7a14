//! Where URLs lead, and where nobody is led: HTTP and traces against a server on loopback that does its worst.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by panicking")]

mod support;

use lafayette::enrich::http::{Failure, Http, Request, Scheme, Wanted};
use lafayette::enrich::trace::{Companion, Hop, Reason, Trace, trace};
use lafayette::model::{Fact, Finding, HttpSettings, ListCode, ListFact};
use std::cell::RefCell;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use support::certificates::Certificates;
use support::http::{Asked, FakeHttp, Reply};
use url::Url;

/// Loopback counts as public, as a test needs it, but for 127.0.0.66: that stands for what must not be reached.
fn settings() -> HttpSettings {
    HttpSettings {
        treat_as_public: vec!["127.0.0.1/32".parse().unwrap()],
        timeout: Duration::from_secs(2),
        ..HttpSettings::default()
    }
}

fn lookup(name: &str) -> Finding<Vec<IpAddr>> {
    match name {
        "here.example" | "www.here.example" => Finding::Yes(vec!["127.0.0.1".parse().unwrap()]),
        "inside.example" => Finding::Yes(vec!["127.0.0.66".parse().unwrap()]),
        "mapped.example" => Finding::Yes(vec!["::ffff:10.0.0.1".parse().unwrap()]),
        "servfail.example" => Finding::Unknown("SERVFAIL".to_owned()),
        _ => Finding::No,
    }
}

fn follow(url: &str) -> Trace {
    let http = Http::new(&settings(), &lookup).unwrap();
    let companion = Companion { lists: &|_| vec![], origin: &|_| None, made: &|_| {}, cancelled: &|| false };
    trace(&http, url, &companion)
}

fn ask(
    settings: &HttpSettings,
    url: &str,
    wanted: Wanted,
) -> Result<lafayette::enrich::http::Response, Failure> {
    let url = Url::parse(url).unwrap();
    let http = Http::new(settings, &lookup).unwrap();
    http.ask(&Request { url: &url, scheme: Scheme::Any, wanted, accept: "*/*", own_word: false })
}

fn statuses(trace: &Trace) -> Vec<(Option<u16>, Reason)> {
    trace.hops.iter().map(|hop| (hop.status, hop.reason)).collect()
}

#[test]
fn a_trace_follows_every_kind_of_redirect_to_the_page_at_its_end() {
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/301" => Reply::redirect(301, "d/302?a=b#part"),
        "/d/302?a=b" => {
            let port = asked.header("host").and_then(|host| host.rsplit(':').next()).unwrap_or_default();
            Reply::redirect(302, &format!("//www.here.example:{port}/header"))
        }
        "/header" => Reply::ok("text/html", "").with("Refresh", "0; url=/meta"),
        "/meta" => Reply::ok("text/html; charset=utf-8", "<meta http-equiv=refresh content='0; url=308'>"),
        "/308" => Reply::redirect(308, "/end"),
        _ => Reply::ok("text/html", "<h1>Log in</h1><script>window.location = '/on'</script>"),
    });
    let found = follow(&server.url("/301"));
    let here = format!("http://www.here.example:{}", server.address.port());
    let hops: Vec<(&str, Option<u16>, Reason)> =
        found.hops.iter().map(|hop| (hop.url.as_str(), hop.status, hop.reason)).collect();
    assert_eq!(
        hops,
        [
            (server.url("/301").as_str(), Some(301), Reason::Asked),
            (server.url("/d/302?a=b#part").as_str(), Some(302), Reason::Location),
            (format!("{here}/header").as_str(), Some(200), Reason::Location),
            (format!("{here}/meta").as_str(), Some(200), Reason::Refresh),
            (format!("{here}/308").as_str(), Some(308), Reason::Meta),
            (format!("{here}/end").as_str(), Some(200), Reason::Location),
        ]
    );
    assert!(found.end.contains("status 200, a page") && found.end.contains("none is run"), "{}", found.end);
    assert!(found.hops.iter().all(|hop| hop.milliseconds.is_some() && hop.addresses.len() == 1), "{found:?}");
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.header("cookie").is_none() && asked.header("referer").is_none())
    );
}

#[test]
fn where_head_is_refused_or_says_nothing_get_is_asked() {
    let server = FakeHttp::start(|asked: &Asked| match (asked.method.as_str(), asked.target.as_str()) {
        ("HEAD", "/405") => Reply::status(405),
        ("HEAD", "/closed") => Reply::Close,
        ("HEAD", "/404") => Reply::status(404),
        ("HEAD", "/silent") => Reply::Silence,
        ("GET", "/405" | "/closed" | "/404" | "/silent") => Reply::redirect(302, "/end"),
        _ => Reply::ok("text/plain", ""),
    });
    for path in ["/405", "/closed", "/404", "/silent"] {
        let found = follow(&server.url(path));
        assert_eq!(
            statuses(&found),
            [(Some(302), Reason::Asked), (Some(200), Reason::Location)],
            "{found:?}"
        );
        assert!(found.end.contains("text/plain"), "{}", found.end);
    }
}

#[test]
fn no_redirect_leads_to_an_address_that_nobody_outside_could_reach() {
    let inside = FakeHttp::start(|_: &Asked| Reply::ok("text/html", "secret"));
    let port = inside.address.port();
    for target in [
        format!("http://127.0.0.66:{port}/"),
        format!("http://inside.example:{port}/"),
        format!("http://[::ffff:127.0.0.66]:{port}/"),
        format!("http://2130706498:{port}/"),
        format!("http://0x7f000042:{port}/"),
        format!("http://0177.0.0.102:{port}/"),
        format!("http://127.66:{port}/"),
        format!("http://mapped.example:{port}/"),
        format!("//inside.example:{port}/"),
        format!("http://good.example@inside.example:{port}/"),
        "http://[::1]/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "https://10.0.0.1/".to_owned(),
    ] {
        let to = target.clone();
        let outside = FakeHttp::start(move |_: &Asked| Reply::redirect(302, &to));
        let found = follow(&outside.url("/"));
        assert_eq!(statuses(&found), [(Some(302), Reason::Asked), (None, Reason::Location)], "{target}");
        assert!(found.end.contains("no request goes there"), "{target}: {}", found.end);
    }
    assert_eq!(inside.lines(), Vec::<String>::new());
}

#[test]
fn a_name_is_looked_up_once_for_a_request_and_the_answer_is_what_is_connected_to() {
    let server = FakeHttp::start(|_: &Asked| Reply::ok("text/plain", "x"));
    let times = RefCell::new(0);
    // The second answer would lead inside.
    let rebinding = |_: &str| {
        *times.borrow_mut() += 1;
        let ip = if *times.borrow() == 1 { "127.0.0.1" } else { "127.0.0.66" };
        Finding::Yes(vec![ip.parse().unwrap()])
    };
    let http = Http::new(&settings(), &rebinding).unwrap();
    let url = Url::parse(&format!("http://rebinding.example:{}/", server.address.port())).unwrap();
    let request =
        Request { url: &url, scheme: Scheme::Any, wanted: Wanted::Whole(10), accept: "*/*", own_word: false };
    assert_eq!(http.ask(&request).map(|answer| answer.status), Ok(200));
    assert_eq!(*times.borrow(), 1);
    assert!(matches!(http.ask(&request), Err(Failure::Refused(_))));
}

#[test]
fn a_request_in_the_middle_ends_when_it_is_cancelled() {
    let server = FakeHttp::start(|_: &Asked| Reply::Drip(Duration::from_millis(20)));
    let settings = HttpSettings { timeout: Duration::from_secs(20), ..settings() };
    let began = Instant::now();
    let cancelled = || began.elapsed() > Duration::from_millis(300);
    let http = Http::new(&settings, &lookup).unwrap().until(&cancelled);
    let companion = Companion { lists: &|_| vec![], origin: &|_| None, made: &|_| {}, cancelled: &cancelled };
    let found = trace(&http, &server.url("/"), &companion);
    assert!(found.end.contains("stopped"), "{}", found.end);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn loops_and_long_ways_end() {
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/a" => Reply::redirect(302, "/b"),
        "/b" => Reply::redirect(302, "/a"),
        "/self" => Reply::redirect(301, "/self"),
        path => Reply::redirect(302, &format!("{path}x")),
    });
    let round = follow(&server.url("/a"));
    assert!(round.hops.len() == 2 && round.end.contains("back to hop 1"), "{round:?}");
    let itself = follow(&server.url("/self"));
    assert!(itself.hops.len() == 1 && itself.end.contains("loop"), "{itself:?}");
    let long = follow(&server.url("/x"));
    assert!(long.hops.len() == 10 && long.end.contains("10 hops"), "{long:?}");
}

#[test]
fn every_bad_answer_ends_a_trace_with_a_sentence_and_in_time() {
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/garbage" => Reply::Raw(b"\x00\xff\x1b[31mnot http\r\n\r\n".to_vec()),
        "/silence" => Reply::Silence,
        "/drip" => Reply::Drip(Duration::from_millis(50)),
        "/endless" => Reply::Endless,
        "/nowhere" => Reply::status(302),
        "/script" => Reply::redirect(302, "javascript:alert(1)"),
        "/app" => Reply::redirect(302, "intent://x#Intent;end"),
        "/odd" => Reply::redirect(302, "http://[/"),
        "/head" => Reply::Raw(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(200_000)).into_bytes()),
        "/unknown" => Reply::redirect(302, "http://servfail.example/"),
        "/none" => Reply::redirect(302, "http://nosuch.example/"),
        _ => Reply::status(500),
    });
    for (path, sentence) in [
        ("/garbage", "as HTTP wants it"),
        ("/silence", "did not finish within"),
        ("/drip", "It ends here"),
        ("/endless", "It ends here"),
        ("/nowhere", "does not say where"),
        ("/script", "'javascript:'"),
        ("/app", "another program"),
        ("/odd", "no URL"),
        ("/head", "as HTTP wants it"),
        ("/unknown", "SERVFAIL"),
        ("/none", "no address"),
        ("/500", "status 500"),
    ] {
        let began = Instant::now();
        let found = follow(&server.url(path));
        assert!(found.end.contains(sentence), "{path}: {}", found.end);
        assert!(began.elapsed() < Duration::from_secs(6), "{path}: {:?}", began.elapsed());
    }
    let refused = follow("http://127.0.0.1:1/");
    assert!(refused.end.contains("refuses the connection"), "{}", refused.end);
    assert!(follow("not a url").end.contains("no URL"));
    assert!(follow("mailto:a@b.example").end.contains("'mailto:'"));
}

#[test]
fn a_slow_drip_and_a_huge_body_are_cut_by_time_and_size() {
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/drip" => Reply::Drip(Duration::from_millis(20)),
        "/zip" => Reply::ok("application/json", "xxxx").with("Content-Encoding", "gzip"),
        _ => Reply::Endless,
    });
    let quick = HttpSettings { timeout: Duration::from_millis(700), ..settings() };
    let began = Instant::now();
    let drip = ask(&quick, &server.url("/drip"), Wanted::Whole(1 << 20));
    assert!(matches!(&drip, Err(Failure::Silent(why)) if why.contains("did not finish")), "{drip:?}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());

    let huge = ask(&settings(), &server.url("/endless"), Wanted::Whole(100_000));
    assert!(matches!(&huge, Err(Failure::Broken(why)) if why.contains("more than 100000 bytes")), "{huge:?}");
    let beginning = ask(&settings(), &server.url("/endless"), Wanted::Beginning(100_000)).unwrap();
    assert_eq!(beginning.body.len(), 100_000);

    let compressed = ask(&settings(), &server.url("/zip"), Wanted::Whole(100));
    assert!(
        matches!(&compressed, Err(Failure::Broken(why)) if why.contains("not inflated")),
        "{compressed:?}"
    );
    assert!(server.asked().iter().all(|asked| asked.header("accept-encoding") == Some("identity")));
}

#[test]
fn tls_is_checked_against_the_name_of_the_url() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(folder.path());
    let trusting = HttpSettings { ca_file: Some(certificates.authority.clone()), ..settings() };
    let page = |_: &Asked| Reply::ok("text/plain", "x");
    let good = FakeHttp::start_tls(&certificates.good, page);
    assert_eq!(
        ask(&trusting, &good.url("/"), Wanted::Whole(10)).map(|answer| answer.body),
        Ok(b"x".to_vec())
    );
    let elsewhere = format!("https://here.example:{}/", good.address.port());
    for (settings, url) in [
        (&settings(), good.url("/")),
        (&trusting, elsewhere),
        (&trusting, FakeHttp::start_tls(&certificates.expired, page).url("/")),
    ] {
        assert!(matches!(ask(settings, &url, Wanted::Whole(10)), Err(Failure::Unreachable(_))), "{url}");
    }
    let missing = HttpSettings { ca_file: Some(folder.path().join("none.pem")), ..settings() };
    assert!(Http::new(&missing, &lookup).is_err_and(|why| why.contains("ca_file")));
}

#[test]
fn a_proxy_is_told_the_address_that_was_checked_and_never_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let certificates = Certificates::make(folder.path());
    let server = FakeHttp::start_tls(&certificates.good, |_: &Asked| Reply::ok("text/plain", "x"));
    let (target, port) = (server.address, server.address.port());
    let proxy = FakeHttp::start(move |asked: &Asked| match asked.method.as_str() {
        "CONNECT" if asked.target.ends_with(":9") => Reply::status(403),
        "CONNECT" => Reply::Tunnel(target),
        _ => Reply::status(400),
    });
    let through = HttpSettings {
        proxy: Some(Url::parse(&proxy.url("/")).unwrap()),
        ca_file: Some(certificates.authority.clone()),
        ..settings()
    };
    let answer = ask(&through, &format!("https://localhost:{port}/x"), Wanted::Whole(10));
    assert_eq!(answer.map(|answer| answer.body), Ok(b"x".to_vec()));
    assert_eq!(proxy.lines(), [format!("CONNECT 127.0.0.1:{port}")]);
    assert_eq!(server.lines(), ["GET /x"]);

    let refused = ask(&through, "http://here.example:9/", Wanted::Head);
    assert!(matches!(&refused, Err(Failure::Unreachable(why)) if why.contains("403")), "{refused:?}");
    let inside = ask(&through, "http://inside.example/", Wanted::Head);
    assert!(matches!(inside, Err(Failure::Refused(_))));
    assert_eq!(proxy.asked().len(), 2);
}

#[test]
fn each_hop_has_what_lists_say_about_its_domain_and_addresses_are_asked_to_no_list() {
    let server = FakeHttp::start(|asked: &Asked| match asked.target.as_str() {
        "/" => Reply::redirect(
            302,
            &format!("http://{}/end", asked.header("host").unwrap().replace("www.here.example", "127.0.0.1")),
        ),
        _ => Reply::ok("text/html", ""),
    });
    let asked = RefCell::new(vec![]);
    let told = RefCell::new(0);
    let meaning = "abused legitimate redirector";
    let lists = |domain: &str| {
        asked.borrow_mut().push(domain.to_owned());
        let code = ListCode { name: "redirector".to_owned(), meaning: meaning.to_owned(), policy: false };
        let fact = Fact { finding: Finding::Yes(vec![code]), from: "dbl".to_owned(), at: 0, until: 0 };
        vec![ListFact { list: "dbl".to_owned(), letter: 'D', fact }]
    };
    let made = |_: &Hop| *told.borrow_mut() += 1;
    let companion = Companion { lists: &lists, origin: &|_| None, made: &made, cancelled: &|| false };
    let http = Http::new(&settings(), &lookup).unwrap();
    let found = trace(&http, &format!("http://www.here.example:{}/", server.address.port()), &companion);
    assert_eq!(*asked.borrow(), ["here.example"]);
    assert_eq!(*told.borrow(), 2);
    let codes: Vec<&str> =
        found.hops[0].lists[0].fact.yes().unwrap().iter().map(|code| code.meaning.as_str()).collect();
    assert_eq!(codes, [meaning]);
    assert!(found.hops[1].lists.is_empty());

    let stopped = trace(&http, &server.url("/"), &Companion { cancelled: &|| true, ..companion });
    assert_eq!((stopped.hops.len(), stopped.end.as_str()), (1, "It was stopped."));
}
