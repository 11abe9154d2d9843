//! `motrace replay`

use crate::arguments::{ExplainWhich, ReplayArguments, Speed};
use crate::failure::Failure;
use crate::output::{self, duration, percent, say};
use crate::pacing::Paced;
use crate::recordings::Loaded;
use crate::setup;
use motrace_core::{Poll, Source};
use motrace_engine::{DecisionRecord, Engine, Event, Explain, Model, ReplaySummary, Score, StreamCount};
use std::io::{BufWriter, Write};
use std::time::Instant;

/// Decodes a recording with the engine that also runs live.
pub fn run(arguments: &ReplayArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    let model = setup::model(&arguments.model)?;
    let loaded = Loaded::open(&arguments.recording, &config)?;
    if arguments.headless || arguments.json {
        let summary = headless(arguments, &model, &loaded)?;
        if arguments.json {
            return output::json(&summary);
        }
        report(&summary);
        return Ok(());
    }
    if let Some(path) = &arguments.picture {
        return crate::console::picture(arguments, path, model, &loaded);
    }
    crate::console::replay(arguments, model, &loaded)
}

fn headless(arguments: &ReplayArguments, model: &Model, loaded: &Loaded) -> Result<ReplaySummary, Failure> {
    let policy = match arguments.explain {
        ExplainWhich::None => Explain::None,
        ExplainWhich::Trials => Explain::Trials,
        ExplainWhich::All => Explain::All,
    };
    let preparation = &model.preparation;
    let mut engine = Engine::new(model, &loaded.info, policy)?;
    let mut log = arguments.log.as_deref().map(output::create_new).transpose()?.map(BufWriter::new);
    let mut log_error = None;
    let mut score = Score::new();
    let mut decided = 0_u64;
    let hop = preparation.hop_samples() as usize;
    let mut source = Paced::new(loaded.replay(hop)?, arguments.speed.unwrap_or(Speed::Max));
    let progress = output::progress("replaying", loaded.stream()?.sample_count() as u64);

    let mut sink = |event: Event| {
        score.count(&event);
        let Event::Decision { decision, trial, relevance, frozen } = &event else { return };
        decided += 1;
        let Some(log) = &mut log else { return };
        let record =
            DecisionRecord::new(decision, trial.as_ref(), *relevance, preparation.class_names(), preparation.rate_hz)
                .with_frozen(*frozen);
        if log_error.is_none()
            && let Err(e) =
                serde_json::to_writer(&mut *log, &record).map_err(Into::into).and_then(|()| log.write_all(b"\n"))
        {
            log_error = Some(e);
        }
    };
    let mut samples = Vec::new();
    let mut count = StreamCount::default();
    let mut latencies = Vec::new();
    loop {
        match source.poll(&mut samples)? {
            Poll::Samples(received) => {
                count.samples += received as u64;
                let begin = Instant::now();
                engine.push(&samples, &mut sink);
                latencies.push(begin.elapsed());
                samples.clear();
                progress.set_position(count.samples);
            }
            Poll::Marker(marker) => {
                count.markers += 1;
                engine.marker(&marker, &mut sink);
            }
            Poll::Gap(gap) => {
                count.gaps += 1;
                count.missing_samples += gap.missing_samples;
                engine.gap(&gap, &mut sink);
            }
            Poll::Idle => {}
            Poll::End => break,
        }
    }
    engine.finish(&mut sink);
    progress.finish_and_clear();
    if let Some(error) = log_error {
        return Err(Failure::failed(format_args!("the log could not be written: {error}")));
    }
    if let Some(mut log) = log {
        log.flush()?;
    }
    latencies.into_iter().for_each(|l| score.latency(l));
    Ok(score.summary(count, preparation.class_names(), preparation.rate_hz))
}

/// Prints a summary for a person.
pub fn report(summary: &ReplaySummary) {
    let stream = &summary.stream;
    say(&format!(
        "stream      {} at {} Hz, {} markers, {} gap(s){}",
        duration(summary.seconds),
        summary.rate_hz,
        stream.markers,
        stream.gaps,
        if stream.gaps > 0 { format!(" with {} samples missing", stream.missing_samples) } else { String::new() }
    ));
    say(&format!("decisions   {} ({} with a reason not to trust them)", summary.decisions, summary.vetoed));
    match (summary.accuracy, summary.accuracy_interval, summary.chance_interval) {
        (Some(accuracy), Some([low, high]), Some([chance_low, chance_high])) => {
            say(&format!(
                "trials      {} decided, {} not; {} right (95 % interval {} to {}), \u{3ba} {:.2}",
                summary.trials,
                summary.skipped_trials,
                percent(accuracy),
                percent(low),
                percent(high),
                summary.kappa.unwrap_or(0.0)
            ));
            say(&format!("            chance: {} to {} (binomial, 95 %)", percent(chance_low), percent(chance_high)));
            if summary.clear_trials != summary.trials
                && let Some(clear) = summary.clear_accuracy
            {
                say(&format!(
                    "            {} of the {} that nothing speaks against",
                    percent(clear),
                    summary.clear_trials
                ));
            }
        }
        _ => say("trials      none: no cue of the model's classes"),
    }
    if let Some(error) = summary.conservation_error {
        say(&format!(
            "explained   {} decisions{}; conservation error at most {error:.1e} decision units",
            summary.explained,
            if summary.not_explained > 0 { format!(", {} not", summary.not_explained) } else { String::new() }
        ));
    }
    if let Some(latency) = &summary.latency {
        say(&format!(
            "latency     p50 {}, p99 {}, max {}",
            duration(latency.p50_micros * 1e-6),
            duration(latency.p99_micros * 1e-6),
            duration(latency.max_micros * 1e-6)
        ));
    }
}
