/// What a person imagines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Imagery {
    /// Moving the left hand.
    LeftHand,
    /// Moving the right hand.
    RightHand,
    /// Moving both hands.
    BothHands,
    /// Moving both feet.
    Feet,
    /// Moving the tongue.
    Tongue,
    /// Nothing.
    Idle,
}

impl Imagery {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::LeftHand, Self::RightHand, Self::BothHands, Self::Feet, Self::Tongue, Self::Idle];

    /// Its name, which is also the text of its cue's marker.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftHand => "left",
            Self::RightHand => "right",
            Self::BothHands => "hands",
            Self::Feet => "feet",
            Self::Tongue => "tongue",
            Self::Idle => "idle",
        }
    }

    /// The imagery that a name or a cue asks for: `left`, `Left hand`, `both-feet`, `rest`, or the GDF code that the
    /// Graz recordings use (769 left hand, 770 right hand, 771 feet), also by its name in OpenViBE.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = |c: char| if matches!(c, '_' | '-') { ' ' } else { c.to_ascii_lowercase() };
        let name: String = name.trim().chars().take(40).map(plain).collect();
        Some(match name.as_str() {
            "left" | "left hand" | "hand left" | "left fist" | "769" | "ovtk gdf left" => Self::LeftHand,
            "right" | "right hand" | "hand right" | "right fist" | "770" | "ovtk gdf right" => Self::RightHand,
            "hands" | "both hands" | "fists" | "both fists" => Self::BothHands,
            "feet" | "both feet" | "foot" | "771" | "ovtk gdf foot" => Self::Feet,
            "tongue" | "ovtk gdf tongue" => Self::Tongue,
            "idle" | "rest" | "relax" | "nothing" => Self::Idle,
            _ => return None,
        })
    }

    /// By which part an area's rhythms lose amplitude, at a signal strength of 1; negative where they gain.
    ///
    /// Hand imagery desynchronises the opposite hand area, and the one on the same side a little; foot imagery
    /// desynchronises the foot area while the hand areas idle more strongly (Pfurtscheller and Lopes da Silva 1999). Tongue
    /// imagery shows there too: the hand areas idle much more strongly (Pfurtscheller et al. 2006, NeuroImage 31, 153–159).
    #[must_use]
    pub fn depth(self, area: Area) -> f64 {
        match (self, area) {
            (Self::LeftHand, Area::RightHemisphereHand) | (Self::RightHand, Area::LeftHemisphereHand) => 0.6,
            (Self::LeftHand, Area::LeftHemisphereHand) | (Self::RightHand, Area::RightHemisphereHand) => 0.15,
            (Self::BothHands, Area::LeftHemisphereHand | Area::RightHemisphereHand) => 0.55,
            (Self::Feet, Area::Foot) => 0.6,
            (Self::Feet, Area::LeftHemisphereHand | Area::RightHemisphereHand) => -0.15,
            (Self::Tongue, Area::LeftHemisphereHand | Area::RightHemisphereHand) => -0.5,
            (Self::LeftHand | Self::RightHand | Self::BothHands | Self::Tongue, Area::Foot) | (Self::Idle, _) => 0.0,
        }
    }

    /// The areas that its imagery changes most: where its class shows.
    #[must_use]
    pub fn main_areas(self) -> &'static [Area] {
        match self {
            Self::LeftHand => &[Area::RightHemisphereHand],
            Self::RightHand => &[Area::LeftHemisphereHand],
            Self::BothHands | Self::Tongue => &[Area::LeftHemisphereHand, Area::RightHemisphereHand],
            Self::Feet => &[Area::Foot],
            Self::Idle => &[],
        }
    }
}

/// A part of the motor cortex with rhythms of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Area {
    /// The area of the right hand, near C3.
    LeftHemisphereHand,
    /// The area of the left hand, near C4.
    RightHemisphereHand,
    /// The area of both feet, near Cz.
    Foot,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::LeftHemisphereHand, Self::RightHemisphereHand, Self::Foot];

    /// The electrode above it.
    #[must_use]
    pub fn electrode(self) -> &'static str {
        match self {
            Self::LeftHemisphereHand => "C3",
            Self::RightHemisphereHand => "C4",
            Self::Foot => "Cz",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes_of_cues_are_understood() {
        for imagery in Imagery::ALL {
            assert_eq!(Imagery::parse(imagery.name()), Some(imagery));
        }
        assert_eq!(Imagery::parse(" Left_Hand "), Some(Imagery::LeftHand));
        assert_eq!(Imagery::parse("770"), Some(Imagery::RightHand));
        assert_eq!(Imagery::parse("OVTK_GDF_Foot"), Some(Imagery::Feet));
        assert_eq!(Imagery::parse("both-feet"), Some(Imagery::Feet));
        for other in ["", "leftover", "32766", "imagery-end", "772"] {
            assert_eq!(Imagery::parse(other), None, "{other}");
        }
    }
}
