use super::figures::InFold;
use crate::DecoderKind;
use crate::material::Material;
use crate::results::{ClassRelevance, FoldRelevance};
use motrace_decode::{CspLda, CspLdaSettings};

/// The decoder of a session that a fold's decoder is, where it is one: CSP + LDA of two classes, on channels of the head.
pub(super) fn csp_lda(fold: &InFold<'_>, material: &Material) -> Option<CspLda> {
    let is_csp = matches!(fold.decoder.kind, DecoderKind::CspLda | DecoderKind::CspJoint);
    if !is_csp || fold.decoder.is_recentred || material.class_names.len() != 2 {
        return None;
    }
    let settings = CspLdaSettings { patterns_per_side: fold.chosen.variant.patterns_per_side? };
    CspLda::fit_set(fold.chosen.candidate.set_for(fold.decoder), fold.train, &settings).ok()
}

/// Adds up the relevance of trials.
#[derive(Debug, Default)]
pub(super) struct MeanRelevance {
    classes: Vec<ClassRelevance>,
    largest_error: f64,
}

impl MeanRelevance {
    /// A trial of a class: its relevance per channel in each view (which may be empty), what the decoder says of it, and what of
    /// that is not shared out.
    pub fn add(&mut self, class: usize, views: [&[f64]; 3], value: f64, offset: f64) {
        for view in views.iter().filter(|view| !view.is_empty()) {
            let error = (view.iter().sum::<f64>() - (value - offset)).abs();
            // `f64::max` alone would drop what is not a number; files cannot hold it.
            self.largest_error = if error.is_finite() { self.largest_error.max(error) } else { f64::MAX };
        }
        let place = self.classes.iter().position(|known| known.class == class).unwrap_or_else(|| {
            let [input, pattern, source] = views.map(|view| vec![0.0; view.len()]);
            self.classes.push(ClassRelevance { class, trials: 0, input, pattern, source, value: 0.0, offset: 0.0 });
            self.classes.len() - 1
        });
        let sum = &mut self.classes[place];
        sum.trials += 1;
        sum.value += value;
        sum.offset += offset;
        for (to, from) in [&mut sum.input, &mut sum.pattern, &mut sum.source].into_iter().zip(views) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }

    /// The means; `None` where there is nothing, or something that is no number.
    pub fn finished(mut self) -> Option<FoldRelevance> {
        for of_class in &mut self.classes {
            let share = 1.0 / of_class.trials.max(1) as f64;
            for view in [&mut of_class.input, &mut of_class.pattern, &mut of_class.source] {
                view.iter_mut().for_each(|r| *r *= share);
            }
            of_class.value *= share;
            of_class.offset *= share;
        }
        self.classes.sort_by_key(|of_class| of_class.class);
        let is_sound = !self.classes.is_empty() && self.largest_error < f64::MAX;
        is_sound.then_some(FoldRelevance { classes: self.classes, largest_error: self.largest_error })
    }
}
