//! A linear model fitted to points: no negative costs, and relative errors count.

/// Coefficients, none below zero, for which `features · coefficients` comes close to the values of all points, each
/// weighted by its value. A coefficient that would be negative is left out, the most negative first.
pub(super) fn fit<const N: usize>(points: &[([f64; N], f64)]) -> [f64; N] {
    let mut used = [true; N];
    loop {
        let coefficients = solve(points, used);
        let worst = (0..N).filter(|at| coefficients[*at] < 0.0).min_by(|a, b| {
            let share = |at: usize| coefficients[at] * points.iter().map(|(features, _)| features[at]).sum::<f64>();
            share(*a).total_cmp(&share(*b))
        });
        match worst {
            Some(at) => used[at] = false,
            None => return coefficients,
        }
    }
}

/// Solves the normal equations of the used features by elimination.
fn solve<const N: usize>(points: &[([f64; N], f64)], used: [bool; N]) -> [f64; N] {
    let (mut rows, mut right) = ([[0.0; N]; N], [0.0; N]);
    for (features, value) in points {
        let weight = 1.0 / value.abs().max(f64::MIN_POSITIVE);
        for i in (0..N).filter(|at| used[*at]) {
            for j in (0..N).filter(|at| used[*at]) {
                rows[i][j] += features[i] * weight * features[j] * weight;
            }
            right[i] += features[i] * weight * value * weight;
        }
    }
    // A feature that is the same in all points, or never there, costs nothing that these points tell.
    for at in 0..N {
        if !used[at] || rows[at][at] == 0.0 {
            rows[at] = [0.0; N];
            rows[at][at] = 1.0;
            right[at] = 0.0;
        }
    }
    for at in 0..N {
        let pivot = (at..N).max_by(|a, b| rows[*a][at].abs().total_cmp(&rows[*b][at].abs())).unwrap_or(at);
        rows.swap(at, pivot);
        right.swap(at, pivot);
        for below in at + 1..N {
            let factor = rows[below][at] / rows[at][at];
            let upper = rows[at];
            for (value, above) in rows[below].iter_mut().zip(upper).skip(at) {
                *value -= factor * above;
            }
            right[below] -= factor * right[at];
        }
    }
    let mut solved = [0.0; N];
    for at in (0..N).rev() {
        let rest: f64 = (at + 1..N).map(|later| rows[at][later] * solved[later]).sum();
        solved[at] = (right[at] - rest) / rows[at][at];
    }
    solved
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn what_is_linear_is_found_again() {
        let points = [[1.0, 2.0, 0.0], [1.0, 5.0, 3.0], [1.0, 0.0, 7.0], [1.0, 9.0, 1.0]];
        let points = points.map(|features| (features, 4.0 + 2.0 * features[1] + 0.5 * features[2]));
        for (found, wanted) in fit(&points).into_iter().zip([4.0, 2.0, 0.5]) {
            assert!((found - wanted).abs() < 1e-6, "{found} is not {wanted}");
        }
    }

    #[test]
    fn no_cost_is_negative() {
        // The line through these points meets the axis below zero.
        let points = [([1.0, 1.0], 3.0), ([2.0, 1.0], 7.0), ([3.0, 1.0], 11.0)];
        let [slope, base] = fit(&points);
        assert!(base == 0.0 && (3.0..4.0).contains(&slope), "{slope}, {base}");
    }
}
