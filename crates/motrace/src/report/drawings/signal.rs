//! The stream and what was on time: presentation, latency, events and channels.

use super::Drawn;
use crate::output::duration;
use crate::report::figures::Findings;
use crate::report::material::Material;
use crate::report::timing::LIMIT_SECS;
use crate::report::words::count;
use crate::session_file::StepKind;
use motrace_view::figure::{Axis, ChannelCourse, Histogram, Lane, Stretch, Timeline, Tone};

/// How late what was shown came.
pub fn presentation(material: &Material, findings: &Findings) -> Option<Drawn> {
    let times = findings.figures.presentation.as_ref()?;
    let delays: Vec<f64> = material.session.presentation.delays().filter_map(|(_, d)| Some(d? * 1e3)).collect();
    let limit_millis = LIMIT_SECS * 1e3;
    let verdict = if times.is_in_time { "within" } else { "beyond" };
    let unheard = match times.unheard {
        0 => String::new(),
        n => format!(" When {} came was never heard.", count(n, "picture")),
    };
    let sentence = format!(
        "How long after its time each of {} was on the screen: 99 of 100 within {}, which is {verdict} the {} that is \
         wanted.{unheard}",
        count(times.count, "picture"),
        duration(times.p99_secs),
        duration(LIMIT_SECS)
    );
    // A few that came very late must not squeeze all others into one bar.
    let far = (times.p99_secs * 1e3).max(limit_millis) * 1.5;
    let near = delays.iter().copied().fold(0.0, f64::min).max(-far);
    let beyond = delays.iter().filter(|d| **d > far).count();
    let sentence = match beyond {
        0 => sentence,
        n => format!("{sentence} Beyond the right edge: {n}, up to {}.", duration(times.max_secs)),
    };
    let shown: Vec<f64> = delays.into_iter().filter(|d| (near..=far).contains(d)).collect();
    let bins = Histogram::count(&shown, 40);
    let svg = Histogram {
        title: "Presentation: scheduled against actual".into(),
        description: sentence.clone(),
        x: Axis::new("delay of the drawing, milliseconds").from_to(near, far),
        counted: "pictures".into(),
        bins,
        marks: vec![
            (times.p50_secs * 1e3, format!("median {}", duration(times.p50_secs)), Tone::Ink),
            (times.p99_secs * 1e3, format!("99th percentile {}", duration(times.p99_secs)), Tone::Accent),
            (limit_millis, format!("limit {limit_millis:.0} ms"), Tone::Amber),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// How long decisions took.
pub fn latency(material: &Material, findings: &Findings) -> Option<Drawn> {
    let figures = findings.figures.latency?;
    let bins = &material.session.latency_bins;
    if bins.is_empty() {
        return None;
    }
    let sentence = format!(
        "From the arrival of a decision's newest sample to the decision: half of {} within {}, 99 of 100 within {}, all within \
         {}.",
        count(figures.count as usize, "decision"),
        duration(figures.p50_micros * 1e-6),
        duration(figures.p99_micros * 1e-6),
        duration(figures.max_micros * 1e-6)
    );
    let millis = 1e-3;
    // One in a thousand may have been there at once; the axis begins with the others.
    let mut before = 0;
    let bins = bins.iter().skip_while(|bin| {
        before += bin.count;
        before * 1000 < figures.count
    });
    let svg = Histogram {
        title: "Latency of decisions".into(),
        description: sentence.clone(),
        x: Axis::new("milliseconds, logarithmic").log(),
        counted: "decisions".into(),
        bins: bins.map(|b| (b.from_micros * millis, b.to_micros * millis, b.count)).collect(),
        marks: vec![
            (figures.p50_micros * millis, format!("median {}", duration(figures.p50_micros * 1e-6)), Tone::Ink),
            (
                figures.p99_micros * millis,
                format!("99th percentile {}", duration(figures.p99_micros * 1e-6)),
                Tone::Accent,
            ),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// What happened when.
pub fn timeline(material: &Material, findings: &Findings) -> Option<Drawn> {
    let length = findings.clock.length_secs() / 60.0;
    let minutes = |index: u64| findings.clock.secs(index) / 60.0;
    let session = &material.session;
    if session.steps.is_empty() && length <= 0.0 {
        return None;
    }
    let steps = session.steps.iter().filter(|s| s.kind != StepKind::Break).map(|step| Stretch {
        from: minutes(step.start),
        to: step.end.map_or(length.max(minutes(step.start)), minutes),
        name: step.name.clone(),
        tone: match step.kind {
            StepKind::Feedback => Tone::Accent,
            StepKind::Calibration => Tone::Ink,
            _ => Tone::Muted,
        },
    });
    let mut lanes = vec![Lane { name: "steps".into(), has_blocks: true, stretches: steps.collect() }];
    let at = |from: f64, to: f64, tone: Tone| Stretch { from, to, name: String::new(), tone };
    let trials: Vec<Stretch> = findings
        .trials
        .iter()
        .filter_map(|trial| {
            let from = minutes(trial.cue?);
            let tone = match (&trial.left_out, trial.is_right()) {
                (Some(_), _) => Tone::Amber,
                (None, Some(true)) => Tone::Accent,
                (None, Some(false)) => Tone::Ink,
                (None, None) => Tone::Muted,
            };
            Some(at(from, from, tone))
        })
        .collect();
    if !trials.is_empty() {
        lanes.push(Lane { name: "cues".into(), has_blocks: false, stretches: trials });
    }
    let gaps = &findings.figures.gaps;
    let lost = gaps.iter().map(|g| at(g.at_secs / 60.0, (g.at_secs + g.length_secs) / 60.0, Tone::Amber));
    lanes.push(Lane { name: "gaps in the stream".into(), has_blocks: false, stretches: lost.collect() });
    let late = findings.not_decoded.iter().map(|(from, to)| at(minutes(*from), minutes(*to), Tone::Amber));
    lanes.push(Lane { name: "not decoded".into(), has_blocks: false, stretches: late.collect() });
    let missing: u64 = gaps.iter().map(|g| g.missing_samples).sum();
    let sentence = if gaps.is_empty() && findings.not_decoded.is_empty() {
        "The session's steps and cues; nothing is missing from the stream, and every sample was decoded in time."
            .to_owned()
    } else {
        format!(
            "The session's steps and cues, and below them where something is missing: {} with {missing} samples in the stream, \
             {} samples that were not decoded in time.",
            count(gaps.len(), "gap"),
            findings.figures.not_decoded_samples
        )
    };
    let svg = Timeline {
        title: "The session's course".into(),
        description: sentence.clone(),
        x: Axis::new("minutes since the first sample").from_to(0.0, length.max(1e-3)),
        lanes,
        key: vec![
            (Tone::Accent, "decided right".into()),
            (Tone::Ink, "decided wrong".into()),
            (Tone::Muted, "not decided (calibration)".into()),
            (Tone::Amber, "left out, or missing".into()),
        ],
    }
    .svg();
    Some((svg, sentence))
}

/// The size of every channel over the session.
pub fn channels(findings: &Findings) -> Option<Drawn> {
    let course = findings.course.as_ref()?;
    let bad = course.figures.iter().filter(|c| c.condition != "good").count();
    let sentence = match bad {
        0 => "Root mean square of every EEG channel, before any filter; frames mark seconds in which a channel was not good."
            .to_owned(),
        n => format!(
            "Root mean square of every EEG channel, before any filter; frames mark where a channel was flat, railed, noisy or \
             not finite, which {} for more than a tenth of the session.",
            if n == 1 { "one was".to_owned() } else { format!("{n} were") }
        ),
    };
    let svg = ChannelCourse {
        title: "The channels over the session".into(),
        description: sentence.clone(),
        values: course.rms_volts.mapv(|v| v * 1e6),
        flagged: course.is_bad.clone(),
        labels: &course.labels,
        x: Axis::new("minutes since the first sample").from_to(0.0, findings.clock.secs(course.end) / 60.0),
        range: [1.0, 300.0],
        unit: "rms, µV".into(),
    }
    .svg();
    Some((svg, sentence))
}
