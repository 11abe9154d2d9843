//! `motrace stream`

use crate::arguments::StreamArguments;
use crate::config::Config;
use crate::failure::Failure;
use crate::following::{Follower, Vocabulary};
use crate::output::{self, duration, say};
use crate::recordings::Loaded;
use crate::simulated;
use crate::streaming::{Control, Player};
use crate::{following, setup, stopping};
use motrace_core::{Source, StreamInfo, clean_text};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Plays a recording, or a simulated person, as LSL streams.
pub fn run(arguments: &StreamArguments) -> Result<(), Failure> {
    let config = arguments.config.read()?;
    setup::lsl(&config.lsl)?;
    let stop = stopping::on_request();
    if arguments.recording.as_os_str() == "sim" && !arguments.recording.exists() {
        return match &arguments.follow {
            Some(session) => participant(arguments, &config, session.clone(), &stop),
            None => simulated_person(arguments, &config, &stop),
        };
    }
    if arguments.follow.is_some() {
        return Err(Failure::usage("only the simulated person can follow a session: motrace stream sim --follow"));
    }
    let loaded = Loaded::to_play(&arguments.recording, &config)?;
    let name = arguments.name.clone().unwrap_or_else(|| name_of(&loaded));
    let mut player = Player::announce(&loaded.info, &name)?;
    announce(&loaded.info, &name);
    wait(arguments, &player, &stop);
    let begin = Instant::now();
    let total = loaded.sample_count()? as u64;
    loop {
        let mut replay = loaded.replay(arguments.chunk as usize)?;
        // The one that is played cannot be asked meanwhile.
        let clock = loaded.replay(1)?;
        let progress = output::progress("streaming", total);
        let mut control = Control {
            stop: &stop,
            limit: left(arguments, begin),
            progress: &mut |samples| progress.set_position(samples),
        };
        let played = player.play(&mut replay, &|index| clock.time_of_index(index), &mut control)?;
        progress.finish_and_clear();
        say(&format!("sent {} samples and {} markers", played.samples, played.markers));
        let over = left(arguments, begin).is_some_and(|l| l.is_zero());
        if !arguments.repeat || over || stop.load(Ordering::Relaxed) {
            // Those who listen need a moment to read the last samples before the stream goes away.
            std::thread::sleep(Duration::from_millis(500));
            return Ok(());
        }
    }
}

fn simulated_person(arguments: &StreamArguments, config: &Config, stop: &AtomicBool) -> Result<(), Failure> {
    let mut person = simulated::person(config, arguments.chunk as usize, arguments.repeat)?;
    let (info, name) = persons_stream(arguments, person.info());
    let mut player = Player::announce(&info, &name)?;
    announce(&info, &name);
    wait(arguments, &player, stop);
    let rate_hz = info.rate_hz;
    let mut control =
        Control { stop, limit: arguments.seconds.map(|s| Duration::from_secs(s.into())), progress: &mut |_| () };
    let played = player.play(&mut person, &|index| index as f64 / rate_hz, &mut control)?;
    say(&format!("sent {} samples and {} markers", played.samples, played.markers));
    std::thread::sleep(Duration::from_millis(500));
    Ok(())
}

/// The simulated person as the participant of a session.
fn participant(
    arguments: &StreamArguments,
    config: &Config,
    session: Option<String>,
    stop: &Arc<AtomicBool>,
) -> Result<(), Failure> {
    let person = simulated::participant(config, arguments.chunk as usize)?;
    let (info, name) = persons_stream(arguments, person.info());
    let mut player = Player::announce_signal(&info, &name)?;
    say(&format!("streaming {}", described(&info, &name)));
    let cues = following::cues(session, Vocabulary::of(&config.trials.classes), Arc::clone(stop))?;
    let begin = motrace_lsl::clock();
    let mut follower = Follower::new(person, cues, begin);
    let limit = arguments.seconds.map(|s| Duration::from_secs(s.into()));
    let mut control = Control { stop, limit, progress: &mut |_| () };
    let time_of = |index: u64| index as f64 / info.rate_hz;
    let played = player.play_from(begin, &mut follower, &time_of, &mut control)?;
    stop.store(true, Ordering::Relaxed);
    say(&format!("sent {} samples; {} cues were followed", played.samples, follower.cued));
    std::thread::sleep(Duration::from_millis(500));
    Ok(())
}

/// The stream of a simulated person, and its name. Persons of different names are different sources.
fn persons_stream(arguments: &StreamArguments, info: &StreamInfo) -> (StreamInfo, String) {
    match &arguments.name {
        Some(name) => (StreamInfo { source_id: format!("{}-{name}", info.source_id), ..info.clone() }, name.clone()),
        None => (info.clone(), info.name.clone()),
    }
}

fn name_of(loaded: &Loaded) -> String {
    if loaded.info.name.is_empty() { loaded.name() } else { loaded.info.name.clone() }
}

fn announce(info: &StreamInfo, name: &str) {
    let markers = clean_text(&format!("{name}-markers"), 70);
    say(&format!("streaming {} and {markers:?}", described(info, name)));
}

fn described(info: &StreamInfo, name: &str) -> String {
    format!(
        "{:?} ({}, {} channels at {} Hz, {})",
        clean_text(name, 60),
        clean_text(&info.kind, 20),
        info.channels.len(),
        info.rate_hz,
        info.channels.first().map_or_else(String::new, |c| c.unit.to_string()),
    )
}

fn wait(arguments: &StreamArguments, player: &Player, stop: &AtomicBool) {
    if arguments.wait {
        say("waiting for a listener");
        let limit = Duration::from_secs(arguments.seconds.map_or(86_400, |s| u64::from(s) + 60));
        let begin = Instant::now();
        if player.wait_for_listener(stop, limit) {
            say(&format!("a listener has connected after {}", duration(begin.elapsed().as_secs_f64())));
        }
    }
}

fn left(arguments: &StreamArguments, begin: Instant) -> Option<Duration> {
    arguments.seconds.map(|s| Duration::from_secs(s.into()).saturating_sub(begin.elapsed()))
}
