use ndarray::{Array2, ArrayView2, Zip};

/// The mean of several maps of one shape, `[channels, samples]`; `None` where there are none or the shapes differ.
#[must_use]
pub fn mean_map<'a>(maps: impl IntoIterator<Item = ArrayView2<'a, f64>>) -> Option<Array2<f64>> {
    let mut maps = maps.into_iter();
    let mut sum = maps.next()?.to_owned();
    let mut count = 1.0;
    for map in maps {
        if map.dim() != sum.dim() {
            return None;
        }
        sum += &map;
        count += 1.0;
    }
    Some(sum / count)
}

/// The part of a map that speaks for a class: negative relevance for class 0, positive for class 1; elsewhere 0.
#[must_use]
pub fn evidence_map(map: ArrayView2<f64>, class: usize) -> Array2<f64> {
    let sign = if class == 0 { -1.0 } else { 1.0 };
    map.mapv(|r| (sign * r).max(0.0))
}

/// The share of Σ|R| that lies on the true channels at the true times (relevance mass accuracy of Arras, Osman and
/// Samek 2022).
///
/// `map` is `[channels, samples]`, best an [`evidence_map`] of a class mean in bins of 100 ms ([`super::binned`]): where
/// signs are taken sample by sample, noise that cancels within a few samples counts as mass. `channels` and `times` say
/// what is true, and what they do not name is not. A source shows on its neighbours too, so the true channels are those
/// that its field reaches; a map of ones has the mass that is to be had by chance. 0 for a map that is zero everywhere.
#[must_use]
pub fn relevance_mass(map: ArrayView2<f64>, channels: &[bool], times: &[bool]) -> f64 {
    share(map, |c, t| channels.get(c) == Some(&true) && times.get(t) == Some(&true))
}

/// The share of Σ|R| that lies at the true times, on whatever channel.
#[must_use]
pub fn time_mass(map: ArrayView2<f64>, times: &[bool]) -> f64 {
    share(map, |_, t| times.get(t) == Some(&true))
}

fn share(map: ArrayView2<f64>, is_true: impl Fn(usize, usize) -> bool) -> f64 {
    let (mut inside, mut all) = (0.0, 0.0);
    Zip::indexed(map).for_each(|(c, t), r| {
        all += r.abs();
        if is_true(c, t) {
            inside += r.abs();
        }
    });
    if all == 0.0 { 0.0 } else { inside / all }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn mass_is_a_share_of_the_absolute_relevance() {
        let map = array![[1.0, -2.0, 0.0], [3.0, 0.0, 2.0]];
        assert_eq!(relevance_mass(map.view(), &[true, false], &[true, true, false]), 3.0 / 8.0);
        assert_eq!(time_mass(map.view(), &[false, false, true]), 0.25);
        assert_eq!(relevance_mass(map.view(), &[], &[]), 0.0);
        assert_eq!(time_mass(Array2::zeros((2, 2)).view(), &[true, true]), 0.0);
    }

    #[test]
    fn evidence_is_what_speaks_for_the_class() {
        let map = array![[1.0, -2.0]];
        assert_eq!(evidence_map(map.view(), 1), array![[1.0, 0.0]]);
        assert_eq!(evidence_map(map.view(), 0), array![[0.0, 2.0]]);
    }

    #[test]
    fn means_need_maps_of_one_shape() {
        let (a, b) = (array![[1.0, 3.0]], array![[3.0, 5.0]]);
        assert_eq!(mean_map([a.view(), b.view()]), Some(array![[2.0, 4.0]]));
        assert_eq!(mean_map([a.view(), array![[1.0]].view()]), None);
        assert_eq!(mean_map([]), None);
    }
}
