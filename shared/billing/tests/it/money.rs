//! Money.

use billing::Won;
use proptest::prelude::*;

proptest! {
    #[test]
    fn adding_and_taking_away_again_gives_the_same_amount(a: u64, b: u64) {
        let (a, b) = (Won::new(a), Won::new(b));
        match a.checked_add(b) {
            Some(sum) => {
                prop_assert_eq!(sum.checked_sub(b), Some(a));
                prop_assert_eq!(b.checked_add(a), Some(sum));
            }
            None => prop_assert!(u128::from(a.get()) + u128::from(b.get()) > u128::from(u64::MAX)),
        }
    }

    #[test]
    fn money_never_goes_below_zero(a: u64, b: u64) {
        prop_assert_eq!(Won::new(a).checked_sub(Won::new(b)).is_some(), a >= b);
    }

    #[test]
    fn the_tax_is_a_tenth_of_what_is_left_without_it_to_the_nearest_won(amount: u64) {
        let vat = i128::from(Won::new(amount).vat().get());
        let supply = i128::from(amount) - vat;
        // Eleven times what it misses the tenth by: at most half a won.
        prop_assert!((supply - 10 * vat).abs() <= 5, "{supply} and {vat}");
    }

    #[test]
    fn money_reads_back_when_the_commas_are_left_out(amount: u64) {
        let text = Won::new(amount).to_string().replace([',', '원'], "");
        prop_assert_eq!(text.parse::<u64>().unwrap(), amount);
    }
}

#[test]
fn prices_have_the_tax_that_card_slips_show() {
    let vat = [0, 1, 5, 6, 9_900, 10_000, 12_900].map(|won| Won::new(won).vat().get());
    assert_eq!(vat, [0, 0, 0, 1, 900, 909, 1_173]);
}

#[test]
fn money_is_written_as_koreans_write_it() {
    let written = [0, 999, 1_000, 9_900, 129_000, 1_234_567].map(|won| Won::new(won).to_string());
    assert_eq!(written, ["0원", "999원", "1,000원", "9,900원", "129,000원", "1,234,567원"]);
}
