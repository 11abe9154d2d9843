//! A made-up session with everything a real one has, from formulas and a small generator: plausible to
//! look at, the same on every run, and nothing in it was measured.

use motrace_core::{
    ChannelQuality, Condition, Decision, DecisionKind, Gap, Ledger, Marker, Relevance, Veto, electrode_position,
};
use motrace_view::{Counters, Latency, Phase, Score, Session, SessionSetup, StreamHealth, StreamState, TrialRecord};
use ndarray::Array2;
use std::f64::consts::TAU;
use std::sync::Arc;

pub const RATE_HZ: f64 = 250.0;
pub const LABELS: [&str; 22] = [
    "Fz", "FC3", "FC1", "FCz", "FC2", "FC4", "C5", "C3", "C1", "Cz", "C2", "C4", "C6", "CP3", "CP1", "CPz", "CP2",
    "CP4", "P1", "Pz", "P2", "POz",
];
const TRIAL_SECS: f64 = 6.0;
const WINDOW_SAMPLES: u64 = 500;
const HOP: u64 = 25;

/// Where the session stands.
pub struct Synthetic {
    sample: u64,
    noise: u64,
    slow: Vec<f64>,
    places: Vec<[f64; 3]>,
    trial: usize,
    right: usize,
}

impl Synthetic {
    pub fn new() -> Self {
        let places = LABELS.iter().map(|l| electrode_position(l).unwrap_or([0.0; 3])).collect();
        Self { places, sample: 0, noise: 7, slow: vec![0.0; LABELS.len()], trial: 0, right: 0 }
    }

    pub fn session(&self) -> Session {
        let labels: Vec<String> = LABELS.map(str::to_owned).to_vec();
        let mut session = Session::new(SessionSetup {
            title: "synthetic session".into(),
            class_names: vec!["left hand".into(), "right hand".into()],
            trace_labels: labels.clone(),
            labels,
            rate_hz: RATE_HZ,
            window_secs: [0.5, 2.5],
            history_secs: 8.0,
        });
        session.set_stream(StreamHealth {
            name: "synthetic".into(),
            host: "nowhere".into(),
            kind: "EEG".into(),
            channels: LABELS.len(),
            rate_nominal_hz: RATE_HZ,
            rate_effective_hz: Some(249.98),
            clock_offset_secs: Some(-0.000_12),
            clock_error_secs: Some(0.000_03),
            state: StreamState::Live,
            age_secs: Some(0.004),
        });
        session.set_phase(Phase::Deciding);
        session.message("synthetic: nothing on this screen was measured");
        session
    }

    /// A value between −1 and 1, bell-shaped.
    fn random(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..3 {
            self.noise = self.noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            sum += (self.noise >> 40) as f64 / (1_u64 << 24) as f64;
        }
        sum / 1.5 - 1.0
    }

    /// The class of a trial, and how strongly it is imagined.
    fn cue(trial: usize) -> (usize, f64) {
        ([0, 1, 1, 0, 1, 0, 0, 1][trial % 8], [1.2, 0.8, 1.4, 0.3, 1.0, 1.6, -0.2, 1.1][trial * 5 % 8])
    }

    /// Evidence for class 1 at a time after the cue.
    fn evidence(&self, since_cue: f64) -> f64 {
        let (class, strength) = Self::cue(self.trial);
        let course = ((since_cue - 0.6) / 0.5).clamp(0.0, 1.0) * ((4.8 - since_cue) / 1.2).clamp(0.0, 1.0);
        strength * course * if class == 0 { -1.0 } else { 1.0 }
    }

    pub fn advance(&mut self, session: &mut Session, secs: f64) {
        for _ in 0..(secs * RATE_HZ).round() as usize {
            self.step(session);
        }
    }

    fn step(&mut self, session: &mut Session) {
        let t = self.sample as f64 / RATE_HZ;
        let since_cue = t % TRIAL_SECS;
        let cue_at = self.sample - (since_cue * RATE_HZ).round() as u64;
        if since_cue == 0.0 {
            self.trial += 1;
            let class = Self::cue(self.trial).0;
            let text = session.class_name(class).to_owned();
            session.on_marker(&Marker { index: self.sample, time_secs: t, text }, Some(class));
        }
        if self.sample == 8_650 {
            session.on_gap(&Gap { index: self.sample, missing_samples: 40, length_secs: 0.16 });
            session.message("gap of 0.16 s at 34.6 s: 40 samples are missing; decisions that touch it are vetoed");
        }
        let evidence = self.evidence(since_cue);
        let mut frame = [0.0_f32; LABELS.len()];
        for (c, (label, value)) in LABELS.iter().zip(&mut frame).enumerate() {
            let [x, y, z] = self.places[c];
            self.slow[c] = self.slow[c] * 0.985 + self.random() * 2.6;
            let over = |px: f64| (-((x - px).powi(2) + y * y + (z - 0.7).powi(2)) / 0.25).exp();
            let mu = 16.0
                * (over(-0.7) * (1.0 - 0.8 * evidence.clamp(0.0, 1.0))
                    + over(0.7) * (1.0 + 0.8 * evidence.clamp(-1.0, 0.0)));
            let waxing = 0.6 + 0.4 * (TAU * 0.23 * t + x).sin();
            let alpha = 9.0 * (-(y + 0.8).powi(2) / 0.2).exp() * (0.5 + 0.5 * (TAU * 0.11 * t).sin());
            let noise = if *label == "FC4" { 45.0 } else { 5.0 };
            *value = (self.slow[c]
                + mu * waxing * (TAU * 10.6 * t + x).sin()
                + alpha * (TAU * 9.3 * t).sin()
                + noise * self.random()) as f32;
            if *label == "P2" {
                *value = 0.0;
            }
        }
        session.push_samples(&frame);
        self.sample += 1;
        if self.sample.is_multiple_of(HOP) && self.sample >= WINDOW_SAMPLES {
            self.decide(session, evidence, cue_at, since_cue);
        }
    }

    fn decide(&mut self, session: &mut Session, evidence: f64, cue_at: u64, since_cue: f64) {
        let value = evidence + 0.25 * self.random();
        let is_trial = (2.5..2.5 + HOP as f64 / RATE_HZ).contains(&since_cue);
        let start = self.sample - WINDOW_SAMPLES;
        let veto = if (8_650..9_150).contains(&self.sample) { Veto::GAP } else { Veto::NONE };
        let decision = Decision {
            kind: if is_trial { DecisionKind::Trial(self.trial) } else { DecisionKind::Sliding },
            start,
            end: self.sample,
            value,
            probabilities: motrace_core::Probabilities::of_two(1.0 / (1.0 + (-2.0 * value).exp())),
            veto,
            frozen_value: None,
        };
        session.on_decision(&decision);
        let relevance = self.relevance(&decision);
        let mut warnings = Vec::new();
        if relevance.ledger.cancellation[0].is_some_and(|ratio| ratio > 10.0) {
            warnings.push("INPUT cancels more than tenfold: its signs are not reliable here".to_owned());
        }
        session.on_relevance(&relevance, &warnings);
        if is_trial {
            let truth = Self::cue(self.trial).0;
            self.right += usize::from(decision.class() == truth);
            session.on_trial(TrialRecord {
                number: self.trial,
                cue: cue_at,
                text: "cue".into(),
                truth: Some(truth),
                decision: Some(decision),
                relevance: Some(Arc::new(relevance)),
                warnings,
            });
            let accuracy = self.right as f64 / self.trial as f64;
            session.set_score(Score { accuracy, trials: self.trial, chance_upper: 0.78, kappa: 2.0 * accuracy - 1.0 });
        }
        self.report(session);
    }

    /// Blobs over both motor cortices that add up to the decision value.
    fn relevance(&self, decision: &Decision) -> Relevance {
        let offset = 0.021;
        let samples = WINDOW_SAMPLES as usize;
        let course: Vec<f64> =
            (0..samples).map(|t| (-((t as f64 / samples as f64 - 0.62) / 0.22).powi(2)).exp()).collect();
        let wave: Vec<f64> = (0..samples).map(|t| (TAU * t as f64 / 37.0).sin()).collect();
        let places = &self.places;
        let view = |spread: f64, ripple: f64| {
            let weights: Vec<f64> = places
                .iter()
                .map(|[x, y, _]| {
                    let at = |px: f64| (-((x - px).powi(2) + (y + 0.05).powi(2)) / spread).exp();
                    at(-0.7) * (1.0 + 0.6 * decision.value) - at(0.7) * (1.0 - 0.6 * decision.value)
                })
                .collect();
            let mut map = Array2::from_shape_fn((LABELS.len(), samples), |(c, t)| {
                weights[c] * course[t] * (1.0 + ripple * wave[t])
            });
            // The rest of the decision is spread evenly, so that the map adds up.
            let rest = (decision.value - offset - map.sum() / 900.0) / map.len() as f64;
            map.mapv_inplace(|v| v / 900.0 + rest);
            map
        };
        let (input, pattern, source) = (view(0.04, 1.4), view(0.12, 0.5), view(0.3, 0.2));
        let total = [input.sum(), pattern.sum(), source.sum()];
        let absolute = [&input, &pattern, &source].map(|m| m.iter().map(|v| v.abs()).sum::<f64>());
        let cancellation = std::array::from_fn(|i| Some(absolute[i] / total[i].abs().max(1e-9)));
        Relevance {
            start: decision.start,
            end: decision.end,
            class: 1,
            input,
            pattern,
            source,
            components: [0.5, 0.3, 0.1, -0.1, 0.15, 0.05].map(|s| s * (decision.value - offset)).to_vec(),
            ledger: Ledger {
                value: decision.value,
                offset,
                total: total.map(Some),
                cancellation,
                path_difference: 3e-16,
                input_source_correlation: Some(0.83),
                rim_share: 0.07,
                layers: Vec::new(),
            },
        }
    }

    fn report(&self, session: &mut Session) {
        let quality = LABELS.iter().enumerate().map(|(c, label)| {
            let (condition, rms_volts) = match *label {
                "FC4" => (Condition::Noisy, 48e-6),
                "P2" => (Condition::Flat, 0.0),
                _ => (Condition::Good, (9.0 + (c % 7) as f64) * 1e-6),
            };
            ChannelQuality { label: (*label).to_owned(), condition, rms_volts, mean_volts: 1e-3 }
        });
        session.set_quality(quality.collect());
        let has_gap = self.sample > 8_650;
        session.set_counters(Counters {
            gaps: u64::from(has_gap),
            dropped_samples: if has_gap { 40 } else { 0 },
            vetoed: if has_gap { ((self.sample - 8_650) / HOP).min(20) } else { 0 },
            ..Counters::default()
        });
        session.set_latency(Latency {
            p50_secs: 92e-6,
            p99_secs: 310e-6,
            max_secs: 1.4e-3,
            explain_p50_secs: Some(120e-6),
            explain_p99_secs: Some(260e-6),
        });
    }
}
