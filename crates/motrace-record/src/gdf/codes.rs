//! What event codes mean.

/// Codes, their meaning in GDF's table of events, and their name in OpenViBE where it has one.
const EVENTS: &[(u16, &str, &str)] = &[
    (0x0101, "artefact: eye movement or blink", "OVTK_GDF_Artifact_EOG_Large"),
    (0x0102, "artefact: heart", "OVTK_GDF_Artifact_ECG"),
    (0x0103, "artefact: muscle", "OVTK_GDF_Artifact_EMG"),
    (0x0104, "artefact: movement", "OVTK_GDF_Artifact_Movement"),
    (0x0105, "artefact: electrode", "OVTK_GDF_Artifact_Failing_Electrode"),
    (0x0106, "artefact: sweat", "OVTK_GDF_Artifact_Sweat"),
    (0x0107, "artefact: mains", "OVTK_GDF_Artifact_50_60_Hz_Mains_Interference"),
    (0x0108, "artefact: breathing", "OVTK_GDF_Artifact_Breathing"),
    (0x0109, "artefact: pulse", "OVTK_GDF_Artifact_Pulse"),
    (0x010a, "artefact: small eye movement", "OVTK_GDF_Artifact_EOG_Small"),
    (0x010f, "calibration signal", "OVTK_GDF_Calibration"),
    (0x0114, "eyes open", "OVTK_GDF_EEG_Idling_EEG_Eyes_Open"),
    (0x0115, "eyes closed", "OVTK_GDF_EEG_Idling_EEG_Eyes_Closed"),
    (0x0300, "trial begins", "OVTK_GDF_Start_Of_Trial"),
    (0x0301, "left", "OVTK_GDF_Left"),
    (0x0302, "right", "OVTK_GDF_Right"),
    (0x0303, "feet", "OVTK_GDF_Foot"),
    (0x0304, "tongue", "OVTK_GDF_Tongue"),
    (0x0305, "class 5", "OVTK_GDF_class5"),
    (0x0306, "down", "OVTK_GDF_Down"),
    (0x0307, "class 7", "OVTK_GDF_class7"),
    (0x0308, "class 8", "OVTK_GDF_class8"),
    (0x0309, "class 9", "OVTK_GDF_class9"),
    (0x030a, "class 10", "OVTK_GDF_class10"),
    (0x030b, "class 11", "OVTK_GDF_class11"),
    (0x030c, "up", "OVTK_GDF_Up"),
    (0x030d, "feedback, continuous", "OVTK_GDF_Feedback_Continuous"),
    (0x030e, "feedback, discrete", "OVTK_GDF_Feedback_Discrete"),
    (0x030f, "cue whose class is not told", "OVTK_GDF_Cue_Unknown_Undefined"),
    (0x0311, "beep", "OVTK_GDF_Beep"),
    (0x0312, "cross on the screen", "OVTK_GDF_Cross_On_Screen"),
    (0x0313, "flashing light", "OVTK_GDF_Flashing_Light"),
    (0x0320, "trial ends", "OVTK_GDF_End_Of_Trial"),
    (0x0381, "hit", "OVTK_GDF_Correct"),
    (0x0382, "miss", "OVTK_GDF_Incorrect"),
    (0x03ff, "trial rejected", ""),
    (0x0430, "eye movements", ""),
    (NEW_RUN, "new run", ""),
    (0x8001, "experiment begins", "OVTK_StimulationId_ExperimentStart"),
    (0x8002, "experiment ends", "OVTK_StimulationId_ExperimentStop"),
    (0x8003, "segment begins", "OVTK_StimulationId_SegmentStart"),
    (0x8004, "segment ends", "OVTK_StimulationId_SegmentStop"),
    (0x8005, "trial begins", "OVTK_StimulationId_TrialStart"),
    (0x8006, "trial ends", "OVTK_StimulationId_TrialStop"),
    (0x8007, "baseline begins", "OVTK_StimulationId_BaselineStart"),
    (0x8008, "baseline ends", "OVTK_StimulationId_BaselineStop"),
    (0x8009, "rest begins", "OVTK_StimulationId_RestStart"),
    (0x800a, "rest ends", "OVTK_StimulationId_RestStop"),
    (0x800b, "stimulus begins", "OVTK_StimulationId_VisualStimulationStart"),
    (0x800c, "stimulus ends", "OVTK_StimulationId_VisualStimulationStop"),
];

/// Between the samples before and behind this event, an unknown time went by.
pub(crate) const NEW_RUN: u16 = 0x7ffe;

/// What a code of GDF's event table means, followed by its name in OpenViBE; `None` for codes without a fixed meaning.
///
/// The code of an event plus 32768 marks its end.
///
/// # Examples
/// ```
/// use motrace_record::gdf_event_name;
/// assert_eq!(gdf_event_name(769).as_deref(), Some("left (OVTK_GDF_Left)"));
/// assert_eq!(gdf_event_name(769 + 32768).as_deref(), Some("end of: left (OVTK_GDF_Left)"));
/// assert_eq!(gdf_event_name(1), None);
/// ```
#[must_use]
pub fn event_name(code: u16) -> Option<String> {
    let find = |code| EVENTS.iter().find(|(c, ..)| *c == code);
    let named = |(_, meaning, openvibe): &(u16, &str, &str)| {
        if openvibe.is_empty() { (*meaning).to_owned() } else { format!("{meaning} ({openvibe})") }
    };
    match find(code) {
        Some(event) => Some(named(event)),
        // OpenViBE numbers its labels from 0x8100 on, so what lies there may be either.
        None if code >= 0x8300 => find(code & 0x7fff).map(|event| format!("end of: {}", named(event))),
        None => None,
    }
}
