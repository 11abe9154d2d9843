use crate::impostor::{Impostor, announcement};
use crate::support::*;
use motrace_lsl::{LslError, StreamQuery, Survey, find_one, survey};
use std::time::Duration;

/// Long enough for either library to hear from everybody.
const WAVE: Duration = Duration::from_secs(1);

fn hands_on_everything() -> bool {
    motrace_lsl::backend_name().starts_with("labstream")
}

#[test]
fn streams_of_absurd_size_are_refused_before_anything_is_allocated() {
    on_loopback();
    let claims =
        [("2000000000", "250.0"), ("8", "1000000000000.0"), ("4096", "100000.0"), ("0", "250.0"), ("8", "-5.0")];
    let absurd = claims.map(|(channels, rate)| {
        let name = unique("absurd");
        let xml = announcement(&name, channels, rate, 1);
        (Impostor::answering(|_| xml, None), name)
    });
    let is_refused = |seen: &Survey, name: &str| seen.refused.iter().any(|r| r.to_string().contains(name));
    let outcome = eventually(
        || survey(2 * WAVE),
        |outcome| {
            // liblsl does not even hand on some of them.
            let has_all = |seen: &Survey| absurd.iter().all(|(_, name)| is_refused(seen, name));
            outcome.as_ref().is_ok_and(|seen| !hands_on_everything() || has_all(seen))
        },
    );
    let survey = outcome.unwrap();
    for (_, name) in &absurd {
        assert!(survey.streams.iter().all(|s| s.name != *name));
        let find = || find_one(&StreamQuery::named(name), WAVE);
        if hands_on_everything() {
            assert!(is_refused(&survey, name), "{:?}", survey.refused);
            refusal(find, |e| matches!(e, LslError::TooLarge { .. }));
        } else {
            assert!(find().is_err());
        }
    }
}

#[test]
fn descriptions_that_are_huge_or_devious_are_refused() {
    on_loopback();
    let full = |name: &str, channels: &str| {
        announcement(name, "2", "250.0", 1)
            .replace("<desc />", &format!("<desc><channels>{channels}</channels></desc>"))
    };
    let channel = "<channel><label>C3</label></channel>";
    let long = format!("<channel><label>{}</label></channel>", "x".repeat(70_000));
    type Description<'a> = Box<dyn Fn(&str) -> String + 'a>;
    let cases: [(&str, Description); 7] = [
        ("longer than 4 MiB", Box::new(|n| full(n, &channel.repeat(2_000_000)))),
        ("DTD", Box::new(|n| full(n, channel).replace("<info>", "<!DOCTYPE a [<!ENTITY b \"c\">]>\n<info>"))),
        ("not usable XML", Box::new(|n| full(n, &"<a>".repeat(1_000_000)))),
        ("64 KiB", Box::new(|n| full(n, &long))),
        ("more than its 2 channels", Box::new(|n| full(n, &channel.repeat(3)))),
        ("disagrees", Box::new(|n| full(n, channel).replace("250.0", "500.0"))),
        ("not usable XML", Box::new(|_| "\u{0}\u{1}garbage".into())),
    ];
    for (reason, description) in cases {
        let name = unique("devious");
        let description = description(&name).into_bytes();
        let length = description.len();
        let port = Impostor::description_server(description);
        let xml = announcement(&name, "2", "250.0", port);
        let _impostor = Impostor::answering(|_| xml, None);
        let find = || find_one(&StreamQuery::named(&name), WAVE);
        // liblsl reads descriptions itself: what is unreadable never arrives, and what it leaves out is gone.
        if hands_on_everything() {
            let error = refusal(find, |e| matches!(e, LslError::Refused { .. }));
            assert!(error.to_string().contains(reason), "{reason}: {error}");
        } else {
            assert!(find().is_err() || length <= 1 << 20, "{reason}");
        }
    }
}

#[test]
fn a_description_that_never_ends_is_given_up() {
    on_loopback();
    let name = unique("silent");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let xml = announcement(&name, "2", "250.0", listener.local_addr().unwrap().port());
    let _impostor = Impostor::answering(|_| xml, None);
    refusal(|| find_one(&StreamQuery::named(&name), WAVE), |e| matches!(e, LslError::Network { .. }));
}
