//! From the newest sample's push to the decision, over LSL on the loopback.
//!
//! The sender and who decides are two processes, for motrace as for its peer; both are fed by the same sender, one
//! after the other. The time is that of LSL's clock, when the sample is pushed and when the decision arrives.

use crate::reference::{answer, number};
use crate::report::{Figure, Peer, Target};
use crate::sender::{Sender, session};
use crate::subject::Subject;
use crate::timing::Timings;
use crate::{Bench, Trouble};
use motrace_core::Source;
use motrace_engine::{Live, LiveEvent, LiveOptions, Model, Plan};
use motrace_lsl::{LslOptions, LslSource, StreamQuery, clock};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The argument that makes this program the process that decides.
pub const RECEIVE: &str = "--receive-decisions";
const RATE_HZ: f64 = 250.0;
const SECS: f64 = 30.0;
const WARM_UP_SECS: f64 = 3.0;

/// motrace, and the peer where there is one.
pub fn measure(bench: &Bench) -> Result<Vec<Figure>, Trouble> {
    let mut subject = Subject::new(22, RATE_HZ)?;
    let model = bench.folder.path().join("latency.safetensors");
    subject.model.save(&model)?;

    subject.info.name += "-motrace";
    let own = {
        let _sender = Sender::start(&subject.info)?;
        let output = Command::new(std::env::current_exe()?)
            .args([RECEIVE, &session(), &subject.info.name])
            .arg(&model)
            .output()?;
        latencies(&answer(&output)?)?
    };
    let peer = match &bench.reference {
        None => None,
        Some(_) => Some(latencies(&peer(bench, &mut subject, SECS, WARM_UP_SECS)?)?),
    };
    let target = Target {
        text: "≤ 1/5 of the peer's median, ≤ 1/3 of its p99".into(),
        met: peer.as_ref().map(|peer| own.p50() <= peer.p50() / 5.0 && own.p99() <= peer.p99() / 3.0),
    };
    let numbers = json!({
        "p50_secs": own.p50(), "p99_secs": own.p99(), "decisions": own.len(),
        "peer_p50_secs": peer.as_ref().map(Timings::p50), "peer_p99_secs": peer.as_ref().map(Timings::p99),
    });
    Ok(vec![Figure {
        name: "latency",
        what: format!(
            "newest sample pushed → decision there, over LSL on the loopback, 22 channels at 250 Hz in chunks of one \
             sample, a decision each 40 ms for {SECS} s"
        ),
        measured: own.in_words(),
        target: Some(target),
        peer: peer.map_or(Peer::NotMeasured, |peer| {
            let times = |own: f64, peer: f64| format!("{:.1}", peer / own);
            Peer::Measured(format!(
                "pylsl + MNE + scikit-learn {}; {} and {} times as long",
                peer.in_words(),
                times(own.p50(), peer.p50()),
                times(own.p99(), peer.p99())
            ))
        }),
        numbers,
    }])
}

/// The plain loop in Python, fed by a sender of its own for so long.
pub fn peer(bench: &Bench, subject: &mut Subject, secs: f64, warm_up_secs: f64) -> Result<Value, Trouble> {
    let reference = bench.reference.as_ref().ok_or("there is no reference environment")?;
    let config = bench.folder.path().join("lsl_api.cfg");
    std::fs::write(&config, motrace_lsl::loopback_config(&session())?)?;
    subject.info.name += "-peer";
    let _sender = Sender::start(&subject.info)?;
    let output = reference
        .script("peer_latency.py")
        .args([&subject.info.name, "250", &secs.to_string(), &warm_up_secs.to_string()])
        .env("LSLAPICFG", &config)
        .output()?;
    let value = answer(&output)?;
    number(&value, "memory_bytes")?;
    Ok(value)
}

fn latencies(answer: &Value) -> Result<Timings, Trouble> {
    let list = answer.get("latencies_secs").and_then(Value::as_array).ok_or("no latencies were reported")?;
    let secs: Vec<f64> = list.iter().filter_map(Value::as_f64).collect();
    match secs.iter().find(|secs| !(0.0..10.0).contains(*secs)) {
        Some(odd) => Err(format!("a latency of {odd} s: the clocks of the two processes do not agree").into()),
        None if secs.len() < (0.9 * SECS / 0.04) as usize => Err(format!("only {} decisions came", secs.len()).into()),
        None => Ok(Timings::new(secs)),
    }
}

/// Decides as a live session does, explanations included, and prints the latencies: session, stream name, model.
pub fn receive(arguments: &[String]) -> Result<(), Trouble> {
    let [session, name, model] = arguments else { return Err("a session, a stream and a model are needed".into()) };
    motrace_lsl::use_loopback(session)?;
    let model = Model::load(Path::new(model))?;
    let source = LslSource::open(StreamQuery::named(name), vec![], LslOptions::default())?;
    let rate_hz = source.info().rate_hz;
    let (stamped, stamps) = crossbeam_channel::unbounded();
    let observe = move |source: &mut LslSource| {
        for stamp in source.last_stamps() {
            let _ = stamped.send(*stamp);
        }
    };
    let live = Live::start(source, Plan::Decode(Box::new(model)), &LiveOptions::default(), false, observe)?;
    let last = ((WARM_UP_SECS + SECS) * rate_hz) as u64;
    let mut arrivals: Vec<(u64, f64)> = Vec::new();
    while arrivals.last().is_none_or(|(end, _)| *end < last) {
        match live.events().recv_timeout(Duration::from_secs(5))? {
            LiveEvent::Decision { decision, .. } => {
                let now = clock();
                arrivals.push((decision.end, now));
            }
            LiveEvent::Failed(why) | LiveEvent::Paused(why) => return Err(why.into()),
            _ => {}
        }
    }
    let stamps: Vec<f64> = stamps.try_iter().collect();
    let warm = arrivals.iter().filter(|(end, _)| *end as f64 > WARM_UP_SECS * rate_hz);
    let latency = |(end, at): &(u64, f64)| stamps.get(*end as usize - 1).map(|stamp| at - stamp);
    println!("{}", json!({ "latencies_secs": warm.filter_map(latency).collect::<Vec<_>>() }));
    Ok(())
}
