use pulp::{Arch, Simd, WithSimd};

/// Runs a loop compiled for the widest vectors of this processor. What it computes has the same bits with any: nothing is
/// added in another order than written, and no product is fused with a sum.
///
/// What the loop changes is among its arguments, and it has to be `#[inline(always)]`.
pub(crate) fn wide<A>(arguments: A, run: impl Fn(A)) {
    Arch::new().dispatch(Wide { arguments, run });
}

struct Wide<A, F> {
    arguments: A,
    run: F,
}

impl<A, F: Fn(A)> WithSimd for Wide<A, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        (self.run)(self.arguments);
    }
}
