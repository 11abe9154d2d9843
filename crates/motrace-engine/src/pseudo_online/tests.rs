use super::*;
use proptest::prelude::*;

/// 100 samples a second, a decision each 10 samples from sample 100 on, of windows of 100.
fn stream(decided: &[(usize, f64)], cues: &[(u64, usize)]) -> DecisionStream {
    let mut stream = DecisionStream::new(100.0, 10);
    stream.steps = decided
        .iter()
        .enumerate()
        .map(|(n, &(class, confidence))| {
            let start = 10 * n as u64;
            Step { start, end: start + 100, class, confidence, is_clear: true }
        })
        .collect();
    stream.trials = cues
        .iter()
        .enumerate()
        .map(|(n, &(cue, class))| CuedTrial { number: n + 1, class, cue, counts: true })
        .collect();
    stream
}

fn settings(imagery_secs: f64, after_secs: f64, dwell_secs: f64, refractory_secs: f64) -> EventSettings {
    let resampling = motrace_decode::metrics::Resampling { rounds: 200, seed: 1 };
    EventSettings { timing: Timing { imagery_secs, after_secs }, dwell_secs, refractory_secs, resampling }
}

/// The ends of the decisions at which something is detected.
fn ends(stream: &DecisionStream, threshold: f64, settings: &EventSettings) -> Vec<(u64, usize)> {
    settings.detector(threshold).detect(stream).iter().map(|d| (stream.steps[d.step].end, d.class)).collect()
}

#[test]
fn a_detector_waits_for_its_dwell_and_rests_afterwards() {
    let decided: Vec<(usize, f64)> = [0.6, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.9, 0.9, 0.9].map(|p| (1, p)).to_vec();
    let stream = stream(&decided, &[]);
    let of = |dwell, refractory| ends(&stream, 0.8, &settings(1.0, 0.0, dwell, refractory));
    // Beyond the threshold from the decision at 110 to that at 160, and from 180 to 200.
    assert_eq!(of(0.0, 10.0), [(110, 1)]);
    assert_eq!(of(0.2, 10.0), [(130, 1)]);
    assert_eq!(of(0.2, 0.1), [(130, 1), (160, 1), (200, 1)], "a dwell begins after the time of rest");
    assert_eq!(of(0.2, 0.5), [(130, 1), (200, 1)]);
    assert_eq!(of(0.5, 0.0), [(160, 1)]);
    assert_eq!(of(0.6, 0.0), []);
    assert_eq!(ends(&stream, 0.9, &settings(1.0, 0.0, 0.5, 0.0)), [(160, 1)], "at the threshold is enough");
    assert_eq!(ends(&stream, 0.901, &settings(1.0, 0.0, 0.0, 0.0)), []);
    assert!(settings(1.0, 0.0, 0.0, 0.0).detector(1.0).can_detect());
}

#[test]
fn another_class_a_veto_and_a_missing_decision_end_a_dwell() {
    let sure = [(0, 0.9); 8];
    let whole = stream(&sure, &[]);
    let settings = settings(1.0, 0.0, 0.3, 10.0);
    assert_eq!(ends(&whole, 0.8, &settings), [(130, 0)]);
    let mut other = whole.clone();
    other.steps[2].class = 1;
    assert_eq!(ends(&other, 0.8, &settings), [(160, 0)]);
    let mut vetoed = whole.clone();
    vetoed.steps[2].is_clear = false;
    assert_eq!(ends(&vetoed, 0.8, &settings), [(160, 0)]);
    let mut missing = whole.clone();
    missing.steps.remove(2);
    assert_eq!(ends(&missing, 0.8, &settings), [(160, 0)]);
    let mut nonsense = whole;
    nonsense.steps[2].confidence = f64::NAN;
    assert_eq!(ends(&nonsense, 0.8, &settings), [(160, 0)]);
}

/// Four trials and idle time, all counted by hand.
#[test]
fn events_of_a_known_course_are_counted() {
    // 300 decisions, at 100, 110 … 3090. Imagery of 2 s after the cues at 500, 1000, 1500 and 2000; half a second after it is
    // neither.
    let mut decided = vec![(0, 0.5); 300];
    let mut at = |end: u64, class: usize| decided[((end - 100) / 10) as usize] = (class, 0.95);
    at(200, 1); // false alarm
    at(500, 0); // at the cue itself: idle still, false alarm
    at(580, 0); // hit of trial 1, 0.8 s
    at(640, 1); // in the same trial: nothing
    at(740, 1); // half a second after imagery: neither
    at(760, 1); // false alarm
    at(1200, 0); // the last decision of trial 2, of class 1: wrong
    at(1700, 1); // hit of trial 3, 2 s
    at(3000, 0); // false alarm
    let stream = stream(&decided, &[(500, 0), (1000, 1), (1500, 1), (2000, 0)]);
    let settings = settings(2.0, 0.5, 0.0, 0.0);
    let detector = settings.detector(0.9);
    let score = score_events(std::slice::from_ref(&stream), &detector, 2, &settings);
    assert_eq!((score.trials, score.undecided_trials), (4, 0));
    assert_eq!((score.hit_rate.value, score.wrong_rate.value, score.miss_rate.value), (0.5, 0.25, 0.25));
    assert_eq!(score.outcomes, [[1, 0, 1], [1, 1, 0]]);
    assert_eq!(score.false_alarms, 4);
    // 300 decisions, of which 4 × 20 are imagery and 4 × 5 neither.
    assert!((score.idle_minutes - 20.0 / 60.0).abs() < 1e-12 && (score.imagery_minutes - 8.0 / 60.0).abs() < 1e-12);
    let alarms = score.false_alarms_per_minute.unwrap();
    assert!((alarms.value - 12.0).abs() < 1e-12);
    // Garwood for 4: 1.08987 to 10.24159, over a third of a minute.
    assert!(
        (alarms.interval[0] - 3.0 * 1.089_865).abs() < 1e-4 && (alarms.interval[1] - 3.0 * 10.241_589).abs() < 1e-4
    );
    let [low, median, high] = score.time_to_hit_secs.unwrap();
    assert!((low - 1.1).abs() < 1e-12 && (median - 1.4).abs() < 1e-12 && (high - 1.7).abs() < 1e-12);
    // Two of three detections are right; the trials took 0.8 + 2 + 2 + 2 s.
    let third: f64 = 1.0 / 3.0;
    let bits = 1.0 + third * third.log2() + 2.0 * third * (2.0 * third).log2();
    assert!((score.wolpaw_bits_per_minute.value - bits * 3.0 * 60.0 / 6.8).abs() < 1e-9);
    // Mutual information of the table: class 0 is decided 0 or missed, class 1 decided 0 or 1, half the time each.
    assert!((score.nykopp_bits_per_minute.value - 0.5 * 4.0 * 60.0 / 6.8).abs() < 1e-9);
    let chance = score.chance.unwrap();
    assert!(chance.shifted_hit_rate.p_value > 0.0 && chance.permuted_hit_rate.interval[0] >= 0.0);
}

#[test]
fn what_is_neither_is_not_scored() {
    let decided = [(0, 0.95); 200];
    let settings = settings(1.0, 0.0, 0.0, 0.0);
    let score = |stream: &DecisionStream| {
        let score = score_events(std::slice::from_ref(stream), &settings.detector(0.9), 2, &settings);
        (score.trials, score.undecided_trials, (score.idle_minutes * 600.0).round() as usize)
    };
    let mut stream = stream(&decided, &[(500, 0), (1000, 1)]);
    assert_eq!(score(&stream), (2, 0, 180));
    stream.other_cues = vec![1500];
    assert_eq!(score(&stream), (2, 0, 170));
    // A cue within the imagery of another one ends it.
    stream.other_cues = vec![550];
    assert_eq!(score(&stream), (2, 0, 175));
    let mut left_out = stream.clone();
    left_out.leave_out(2);
    assert_eq!(score(&left_out), (1, 0, 175));
    stream.steps.iter_mut().filter(|s| (1000..1070).contains(&s.end)).for_each(|s| s.is_clear = false);
    assert_eq!(score(&stream), (1, 1, 174));
    let second = stream.clone().between(700, 1600);
    assert_eq!(second.steps.first().map(|s| (s.start, s.end)), Some((700, 800)));
    assert_eq!(score(&second), (0, 1, 81 - 7 - 4));
}

#[test]
fn a_class_of_idling_makes_no_events() {
    let decided: Vec<(usize, f64)> = (0..200).map(|n| (usize::from(n % 100 == 50), 0.95)).collect();
    let mut stream = stream(&decided, &[(550, 1), (1550, 0)]);
    let settings = settings(1.0, 0.0, 0.0, 0.0);
    stream.idle_class = Some(0);
    let score = score_events(std::slice::from_ref(&stream), &settings.detector(0.9), 2, &settings);
    // Class 1 is decided for at 600 and at 1600: a hit, and a false alarm in what was cued as idling.
    assert_eq!((score.trials, score.hit_rate.value, score.false_alarms), (1, 1.0, 1));
    assert!((score.idle_minutes - 19.0 / 60.0).abs() < 1e-12);
    assert_eq!(score.wolpaw_bits_per_minute.value, 0.0, "one class alone tells nothing");
}

#[test]
fn a_threshold_is_chosen_by_what_it_gives() {
    // Idle crossings at .7, hits at .9; a wrong one at .95 in imagery.
    let mut decided = vec![(0, 0.5); 400];
    let mut at = |end: u64, class: usize, p: f64| decided[((end - 100) / 10) as usize] = (class, p);
    for cue in [500, 1000, 1500, 2000, 2500] {
        at(cue + 50, 0, if cue == 2500 { 0.6 } else { 0.9 });
        [200, 300, 400].into_iter().for_each(|later| at(cue + later, 1, 0.7));
    }
    at(3500, 1, 0.92);
    let stream = [stream(&decided, &[500, 1000, 1500, 2000, 2500].map(|cue| (cue, 0)))];
    let settings = settings(1.0, 0.5, 0.0, 0.0);
    let choose = |rule| choose_threshold(&stream, rule, &settings).unwrap();
    let chosen = choose(ThresholdRule::Youden);
    assert!((0.7..=0.9).contains(&chosen.threshold) && chosen.hit_rate == 0.8, "{chosen:?}");
    let none = choose(ThresholdRule::FalseAlarmsPerMinute(0.0));
    assert!(none.threshold > 0.92 && none.hit_rate == 0.0 && none.false_alarms_per_minute == 0.0);
    let few = choose(ThresholdRule::FalseAlarmsPerMinute(3.0));
    assert!(few.hit_rate == 0.8 && few.false_alarms_per_minute > 0.0);
    let many = choose(ThresholdRule::FalseAlarmsPerMinute(1e9));
    assert!(many.hit_rate >= 0.8);
    assert!(choose_threshold(&[], ThresholdRule::Youden, &settings).is_err());
    assert!(choose_threshold(&stream, ThresholdRule::At(0.5), &settings).is_err());
    let idle_free = [super::tests::stream(&decided[..150], &[(50, 0)])];
    let all_imagery = EventSettings { timing: Timing { imagery_secs: 100.0, after_secs: 0.0 }, ..settings };
    assert!(choose_threshold(&idle_free, ThresholdRule::Youden, &all_imagery).is_err());
}

/// The same as [`Detector::detect`], from its definition.
fn detected_slowly(stream: &DecisionStream, threshold: f64, dwell: u64, refractory: u64) -> Vec<Detection> {
    let mut found: Vec<Detection> = Vec::new();
    let steps = &stream.steps;
    for (k, step) in steps.iter().enumerate() {
        let ready = found.last().map_or(0, |d| (steps[d.step].end + refractory).max(steps[d.step].end + 1));
        let fits = |s: &Step| {
            s.is_clear
                && Some(s.class) != stream.idle_class
                && s.confidence >= threshold
                && s.class == step.class
                && s.end >= ready
        };
        let is_run = |j: usize| {
            steps[j..=k].iter().all(fits) && steps[j..=k].windows(2).all(|w| w[1].end - w[0].end <= stream.hop_samples)
        };
        if (0..=k).any(|j| is_run(j) && step.end - steps[j].end >= dwell) {
            found.push(Detection { step: k, class: step.class });
        }
    }
    found
}

fn any_stream() -> impl Strategy<Value = DecisionStream> {
    let step = (0_usize..3, 0_u8..5, 0_u8..12);
    (prop::collection::vec(step, 0..120), prop::collection::vec((0_u64..1500, 0_usize..3), 0..6)).prop_map(
        |(steps, mut cues)| {
            cues.sort_unstable();
            let decided: Vec<(usize, f64)> = steps.iter().map(|(c, p, _)| (*c, 0.5 + 0.1 * f64::from(*p))).collect();
            let mut stream = stream(&decided, &cues);
            stream.steps.iter_mut().zip(&steps).for_each(|(step, (.., kind))| step.is_clear = *kind != 1);
            stream.idle_class = steps.first().map(|(.., kind)| usize::from(*kind)).filter(|class| *class < 3);
            let mut kinds = steps.iter().map(|(.., kind)| *kind != 0);
            stream.steps.retain(|_| kinds.next().unwrap());
            stream
        },
    )
}

proptest! {
    #[test]
    fn a_detector_does_what_its_definition_says(
        stream in any_stream(), threshold in 0.45_f64..1.0, dwell in 0_u64..5, refractory in 0_u64..8,
    ) {
        let detector = Detector {
            threshold,
            dwell_secs: dwell as f64 * 0.1,
            refractory_secs: refractory as f64 * 0.1,
        };
        prop_assert_eq!(detector.detect(&stream), detected_slowly(&stream, threshold, 10 * dwell, 10 * refractory));
    }

    /// Everything that is watched is counted once, and shares are shares.
    #[test]
    fn scores_add_up(stream in any_stream(), threshold in 0.45_f64..1.1, dwell in 0_u64..3, imagery in 1_u64..40) {
        let mut settings = settings(imagery as f64 * 0.1, 0.3, dwell as f64 * 0.1, 0.2);
        settings.resampling.rounds = 5;
        let detector = settings.detector(threshold);
        let score = score_events(std::slice::from_ref(&stream), &detector, 3, &settings);
        let clear = stream.steps.iter().filter(|s| s.is_clear).count() as f64 * 0.1;
        prop_assert!(score.idle_minutes * 60.0 <= clear + 1e-9);
        let imagined = stream.trials.iter().filter(|trial| Some(trial.class) != stream.idle_class).count();
        prop_assert_eq!(score.trials + score.undecided_trials, imagined);
        prop_assert_eq!(score.outcomes.iter().flatten().sum::<usize>(), score.trials);
        let found = detector.detect(&stream).len();
        let detected: usize = score.outcomes.iter().map(|row| row[..3].iter().sum::<usize>()).sum();
        prop_assert!(score.false_alarms + detected <= found);
        if found == 0 {
            prop_assert_eq!((score.false_alarms, score.hit_rate.value, score.time_to_hit_secs), (0, 0.0, None));
            prop_assert_eq!(score.wolpaw_bits_per_minute.value, 0.0);
        }
        if score.trials > 0 {
            let sum = score.hit_rate.value + score.wrong_rate.value + score.miss_rate.value;
            prop_assert!((sum - 1.0).abs() < 1e-12);
            let chance = score.chance.unwrap();
            for figure in [chance.shifted_hit_rate, chance.permuted_hit_rate] {
                prop_assert!(figure.interval[0] <= figure.mean + 1e-9 && figure.mean <= figure.interval[1] + 1.0);
                prop_assert!((0.0..=1.0).contains(&figure.mean) && figure.p_value > 0.0 && figure.p_value <= 1.0);
            }
        }
    }

    /// All of a recording a while later has the same scores.
    #[test]
    fn scores_do_not_depend_on_when_a_recording_began(stream in any_stream(), later in 0_u64..1_000_000) {
        let settings = settings(0.7, 0.2, 0.1, 0.3);
        let mut moved = stream.clone();
        moved.steps.iter_mut().for_each(|step| (step.start, step.end) = (step.start + later, step.end + later));
        moved.trials.iter_mut().for_each(|trial| trial.cue += later);
        let score = |stream| score_events(std::slice::from_ref(stream), &settings.detector(0.7), 3, &settings);
        prop_assert_eq!(score(&stream), score(&moved));
    }
}
