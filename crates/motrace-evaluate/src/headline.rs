use crate::Protocol;

/// The protocol that figures are drawn of: the first that tests each trial with all there is to train on, which a learning curve
/// does not, nor what replays recordings whole.
#[must_use]
pub fn headline(protocols: &[Protocol]) -> Option<Protocol> {
    let is_another = |protocol: &Protocol| matches!(protocol, Protocol::LearningCurve { .. } | Protocol::PseudoOnline);
    protocols.iter().copied().find(|protocol| !is_another(protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learning_curve_is_no_headline() {
        let (curve, folds) = (Protocol::LearningCurve { folds: 5 }, Protocol::Chronological { folds: 5 });
        assert_eq!(headline(&[curve, Protocol::LeaveOneRunOut, folds]), Some(Protocol::LeaveOneRunOut));
        assert_eq!(headline(&[curve, Protocol::PseudoOnline]), None);
        assert_eq!(headline(&[]), None);
    }
}
