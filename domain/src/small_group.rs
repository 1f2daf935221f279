//! Small groups stay hidden (小群体门槛): what is shown about groups of people never lets anybody work out a group that is
//! smaller than the threshold, not even by taking the shown groups from the total.

/// Which groups may be shown, given how many people each has. When those below the threshold together are still below it,
/// the smallest of the others is hidden with them.
pub fn shown(counts: &[i64], small: i64) -> Vec<bool> {
    let mut shown: Vec<bool> = counts.iter().map(|n| *n >= small).collect();
    let hidden: i64 = counts.iter().filter(|n| **n < small).sum();
    if hidden > 0
        && hidden < small
        && let Some((at, _)) = counts.iter().enumerate().filter(|(_, n)| **n >= small).min_by_key(|(at, n)| (**n, *at))
    {
        shown[at] = false;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_small_group_takes_another_with_it() {
        assert_eq!(shown(&[40, 12, 3], 10), [true, false, false]);
        assert_eq!(shown(&[40, 12, 6, 7], 10), [true, true, false, false], "thirteen hidden together are enough");
        assert_eq!(shown(&[40, 0], 10), [true, false], "nobody is nothing to hide");
        assert_eq!(shown(&[3], 10), [false]);
    }

    proptest! {
        /// No shown group is small, and what the total leaves over is nobody or not small, unless nothing is shown at all.
        #[test]
        fn nothing_small_can_be_worked_out(counts in prop::collection::vec(0i64..40, 0..12), small in 2i64..15) {
            let shown = shown(&counts, small);
            let hidden: i64 = counts.iter().zip(&shown).filter(|(_, s)| !**s).map(|(n, _)| n).sum();
            prop_assert!(counts.iter().zip(&shown).all(|(n, s)| !s || *n >= small));
            prop_assert!(hidden == 0 || hidden >= small || !shown.contains(&true));
        }
    }
}
