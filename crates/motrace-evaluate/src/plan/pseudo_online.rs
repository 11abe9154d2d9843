use crate::settings::Settings;
use crate::{DecoderId, DecoderKind, EvaluateError, Protocol};
use motrace_engine::Preparation;

/// Those of the decoders that the engine runs live, for [`Protocol::PseudoOnline`]; the others are told of. Empty where
/// the protocol is not asked for.
///
/// # Errors
/// Where none is left, or it is not said how to replay.
pub(super) fn decoders(
    settings: &Settings,
    preparation: &Preparation,
    warnings: &mut Vec<String>,
) -> Result<Vec<DecoderId>, EvaluateError> {
    let protocol = Protocol::PseudoOnline;
    if !settings.protocols.contains(&protocol) {
        return Ok(Vec::new());
    }
    let refused = |why: String| EvaluateError::Protocol { protocol: protocol.to_string(), why };
    let recipe = settings.pseudo_online.as_ref().ok_or_else(|| refused("nothing says how to replay".into()))?;
    if !(recipe.trained_share > 0.0 && recipe.trained_share < 1.0) {
        let share = recipe.trained_share;
        return Err(refused(format!(
            "a share of {share} of the trials cannot be trained on: more than 0 and less than 1 can"
        )));
    }
    recipe.detection.check_for(preparation).map_err(|e| refused(e.to_string()))?;
    let classes = preparation.classes.len();
    let (live, others): (Vec<DecoderId>, Vec<DecoderId>) =
        settings.decoders.iter().partition(|decoder| runs_live(**decoder, classes));
    let left_out = others.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let can = if classes == 2 { "csp-lda and the networks do" } else { "of more than two classes, the networks do" };
    if live.is_empty() {
        return Err(refused(format!("the engine does not run {left_out} live; {can} (--decoder)")));
    }
    if !others.is_empty() {
        warnings.push(format!("{protocol}: the engine does not run {left_out} live: left out of this protocol; {can}"));
    }
    Ok(live)
}

/// Whether the engine runs it as it is.
fn runs_live(decoder: DecoderId, classes: usize) -> bool {
    let is_kind = decoder.kind.is_network() || (decoder.kind == DecoderKind::CspLda && classes == 2);
    is_kind && !decoder.is_recentred && !decoder.is_selected
}
