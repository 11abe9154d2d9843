//! What a configuration must not say.

use super::{Config, DecoderKind};
use motrace_core::MAX_CLASSES;
use motrace_net::Architecture;

impl Config {
    fn check_network(&self) -> Result<(), String> {
        let decoder = &self.decoder;
        decoder.training.check().map_err(|e| format!("[decoder.training]: {e}"))?;
        // Those of the networks that are not chosen here as well: --decoder can choose them.
        let networks = [
            Architecture::EegNet(decoder.eegnet.clone()),
            Architecture::Shallow(decoder.shallow.clone()),
            Architecture::Mlp(decoder.mlp.clone()),
        ];
        networks.iter().try_for_each(Architecture::check).map_err(|e| e.to_string())?;
        if !(decoder.standardise_factor > 0.0 && decoder.standardise_factor <= 1.0) {
            return Err(format!("[decoder] standardise_factor = {}: 0.001 is usual", decoder.standardise_factor));
        }
        if !(decoder.envelope.low_pass_hz > 0.0 && decoder.envelope.values_per_sec > 0.0) {
            return Err("[decoder.envelope]: low_pass_hz and values_per_sec are positive numbers".into());
        }
        if decoder.kind == DecoderKind::CspLda {
            return Ok(());
        }
        if self.training.choose_band || self.training.choose_window {
            return Err(
                "[training] choose_band and choose_window are for CSP + LDA: a network reads a broad band and the \
                        whole window, and learns what to listen to"
                    .into(),
            );
        }
        let ([start, end], window) = (self.trials.window_secs, self.sliding_secs());
        if window > end - start + 1e-9 {
            return Err(format!(
                "[decisions] window_secs = {window}: a network's window has to fit into the trials' window of {} s",
                end - start
            ));
        }
        if let (Some(crops), Some(secs)) = (decoder.training.crops, self.decisions.window_secs)
            && (crops.length_secs - secs).abs() > 1e-9
        {
            return Err(format!(
                "[decoder.training.crops] length_secs = {}, but [decisions] window_secs = {secs}: a network reads windows of \
                 one length; leave one of them out",
                crops.length_secs
            ));
        }
        Ok(())
    }

    /// Checks the classes. Which decoder tells so many apart is said when there is one.
    fn check_classes(&self) -> Result<(), String> {
        let classes = self.trials.classes.as_slice();
        if classes.len() == 1 || classes.len() > MAX_CLASSES {
            return Err(format!("[[trials.classes]]: {} given; 2 to {MAX_CLASSES} can be told apart", classes.len()));
        }
        let both = if classes.len() == 2 { "both" } else { "two" };
        for (n, class) in classes.iter().enumerate() {
            if class.name.trim().is_empty() || class.markers.is_empty() {
                return Err("[[trials.classes]]: each class wants a name and at least one marker".into());
            }
            for other in &classes[..n] {
                if class.name == other.name {
                    return Err(format!("[[trials.classes]]: {both} are called {:?}", class.name));
                }
                if let Some(shared) = other.markers.iter().find(|m| class.markers.contains(m)) {
                    return Err(format!("[[trials.classes]]: marker {shared:?} belongs to {both} classes"));
                }
            }
        }
        Ok(())
    }

    /// Checks everything that can be checked without a stream.
    ///
    /// # Errors
    /// The first thing that is not possible.
    pub fn check(&self) -> Result<(), String> {
        let [low, high] = self.band_hz();
        if !(low > 0.0 && high > low && high.is_finite()) {
            return Err(format!(
                "[filter] band_hz = [{low}, {high}]: two frequencies above 0 are wanted, the lower one first"
            ));
        }
        if !(1..=8).contains(&self.filter.order) {
            return Err(format!("[filter] order = {}: 1 to 8 are possible, 4 or 5 is usual", self.filter.order));
        }
        if let Some(notch) = self.filter.notch_hz
            && !(notch > 0.0 && notch.is_finite())
        {
            return Err(format!("[filter] notch_hz = {notch}: 50 or 60 is usual"));
        }
        let [start, end] = self.trials.window_secs;
        if !(start >= 0.0 && end - start >= 0.1 && end <= 60.0) {
            return Err(format!(
                "[trials] window_secs = [{start}, {end}]: start and end in seconds after the cue, at least 0.1 s apart, at most 60"
            ));
        }
        self.check_classes()?;
        if !(1..=16).contains(&self.decoder.patterns_per_side) {
            return Err(format!(
                "[decoder] patterns_per_side = {}: 1 to 16 are possible, 3 is usual",
                self.decoder.patterns_per_side
            ));
        }
        self.check_network()?;
        if let Some([start, end]) = self.training.window_range_secs
            && !(start >= 0.0 && end - start >= 1.0 && end <= 60.0)
        {
            return Err(format!(
                "[training] window_range_secs = [{start}, {end}]: start and end in seconds after the cue, at least 1 s apart, at most 60"
            ));
        }
        if !(0.001..=10.0).contains(&self.decisions.every_secs) {
            return Err(format!(
                "[decisions] every_secs = {}: 0.001 to 10 s are possible, 0.04 is usual",
                self.decisions.every_secs
            ));
        }
        if let Some(window_secs) = self.decisions.window_secs
            && !(0.1..=60.0).contains(&window_secs)
        {
            return Err(format!("[decisions] window_secs = {window_secs}: 0.1 to 60 s are possible, 1 is usual"));
        }
        if self.validation.folds < 2 {
            return Err(format!("[validation] folds = {}: at least 2 are needed, 5 is usual", self.validation.folds));
        }
        if let Some(unit) = &self.stream.unit
            && motrace_core::Unit::parse(unit).in_volts().is_none()
        {
            return Err(format!("[stream] unit = {unit:?}: microvolts, millivolts, volts or nanovolts are understood"));
        }
        if let Some((label, role)) = self.stream.roles.iter().find(|(_, r)| motrace_core::Role::parse(r).is_none()) {
            return Err(format!(
                "[stream.roles] {label} = {role:?}: EEG, EOG, EMG, ECG, trigger or aux are understood"
            ));
        }
        self.session.check(self.trials.window_secs[1]).map_err(|e| e.to_string())?;
        for (key, rate) in
            [("bias_rate", self.adaptation.bias_rate), ("covariance_rate", self.adaptation.covariance_rate)]
        {
            if !(0.0..=0.5).contains(&rate) {
                return Err(format!("[adaptation] {key} = {rate}: 0 to 0.5 is possible, 0.05 is usual"));
            }
        }
        let s = &self.simulation;
        if !(0.0..=1.5).contains(&s.signal_strength)
            || !(50.0..=20_000.0).contains(&s.rate_hz)
            || s.trials_per_class == 0
        {
            return Err(
                "[simulation]: signal_strength is 0 to 1.5, rate_hz 50 to 20000, trials_per_class at least 1".into()
            );
        }
        Ok(())
    }
}
