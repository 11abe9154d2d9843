use pulp::{Simd, WithSimd};

/// Lanes of the widest vectors there are.
pub(super) const MOST_LANES: usize = 16;

/// The first vector of a slice, which has to be that long.
#[inline(always)]
pub(super) fn load<S: Simd>(values: &[f32]) -> S::f32s {
    S::as_simd_f32s(values).0[0]
}

/// Writes a vector to the start of a slice, and only as much of it as there is room for.
#[inline(always)]
pub(super) fn store<S: Simd>(values: &mut [f32], vector: S::f32s) {
    if let Some(first) = S::as_mut_simd_f32s(values).0.first_mut() {
        *first = vector;
    } else {
        let mut whole = [0.0; MOST_LANES];
        S::as_mut_simd_f32s(&mut whole).0[0] = vector;
        values.copy_from_slice(&whole[..values.len()]);
    }
}

/// How many vectors there is room for besides what else a kernel needs.
pub(super) fn registers(arch: pulp::Arch) -> usize {
    struct Count;
    impl WithSimd for Count {
        type Output = usize;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::REGISTER_COUNT
        }
    }
    arch.dispatch(Count)
}

#[cfg(test)]
pub(super) mod tests {
    use pulp::Arch;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// All that this processor can do, from one lane on.
    pub fn architectures() -> Vec<Arch> {
        #[cfg(not(target_arch = "x86_64"))]
        let others = [Arch::new()];
        #[cfg(target_arch = "x86_64")]
        let others = pulp::x86::V3::try_new().map(Arch::V3).into_iter().chain([Arch::new()]);
        std::iter::once(Arch::Scalar).chain(others).collect()
    }

    pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
    }
}
