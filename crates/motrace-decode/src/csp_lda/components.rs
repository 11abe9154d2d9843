use super::CspLda;

/// A component of a decoder as a person looks at it: its map, and the class it speaks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// Its place among the decoder's components, from 0.
    pub number: usize,
    /// Its pattern: one value per channel, scaled so that the largest is +1.
    pub pattern: Vec<f64>,
    /// The share of class 1 in its power, between 0 and 1.
    pub eigenvalue: f64,
    /// The class in which it has more power.
    pub stronger_in: usize,
    /// The weight of its log-power in the decision.
    pub weight: f64,
    /// The class that more of its power speaks for: 1 where its weight is above 0. Mostly the class in which it is
    /// stronger; where it is not, the decoder uses it to correct another component.
    pub speaks_for: usize,
}

impl CspLda {
    /// The components of each class in which they are stronger, the most telling first: those whose power the
    /// classes share most unequally.
    #[must_use]
    pub fn components_by_class(&self) -> [Vec<Component>; 2] {
        let mut by_class = [Vec::new(), Vec::new()];
        for (number, ((pattern, &eigenvalue), &weight)) in
            self.patterns.outer_iter().zip(&self.eigenvalues).zip(&self.weights).enumerate()
        {
            let stronger_in = usize::from(eigenvalue > 0.5);
            by_class[stronger_in].push(Component {
                number,
                pattern: pattern.to_vec(),
                eigenvalue,
                stronger_in,
                weight,
                speaks_for: usize::from(weight > 0.0),
            });
        }
        for components in &mut by_class {
            components.sort_by(|a, b| (b.eigenvalue - 0.5).abs().total_cmp(&(a.eigenvalue - 0.5).abs()));
        }
        by_class
    }
}
