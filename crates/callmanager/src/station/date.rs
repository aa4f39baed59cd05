//! The Date header field (RFC 3261 §20.17): always GMT.

use token::UnixTime;

const DAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// An instant as `Mon, 30 Mar 2020 11:03:31 GMT`. Written by hand: it stands in the answer to every REGISTER.
pub(super) fn date(at: UnixTime) -> [u8; 29] {
    let (days, second) = (at.0 / 86_400, at.0 % 86_400);
    let (year, month, day) = civil(days);
    let [w1, w2, w3] = *usize::try_from(days % 7).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or(b"Thu");
    let [m1, m2, m3] = *MONTHS.get(month).copied().unwrap_or(b"Jan");
    let [d1, d2] = two_digits(day);
    let ([y1, y2], [y3, y4]) = (two_digits(year / 100), two_digits(year));
    let ([h1, h2], [i1, i2], [s1, s2]) =
        (two_digits(second / 3600), two_digits(second / 60 % 60), two_digits(second % 60));
    [
        w1, w2, w3, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', y1, y2, y3, y4, b' ', h1, h2, b':', i1, i2, b':', s1,
        s2, b' ', b'G', b'M', b'T',
    ]
}

/// The same as text.
pub(super) fn written(at: UnixTime) -> String {
    String::from_utf8_lossy(&date(at)).into_owned()
}

/// The last two digits of a number.
fn two_digits(number: u64) -> [u8; 2] {
    let digit = |number: u64| b'0' + u8::try_from(number % 10).unwrap_or(0);
    [digit(number / 10), digit(number)]
}

/// Year, month from 0 and day from 1 of a count of days since 1970, by years that begin in March.
fn civil(days: u64) -> (u64, usize, u64) {
    let days = days + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = (shifted + 2) % 12;
    let year = year_of_era + era * 400 + u64::from(month < 2);
    (year, usize::try_from(month).unwrap_or(0), day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let date = |seconds| String::from_utf8(date(UnixTime(seconds)).to_vec()).unwrap();
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(1_585_566_211), "Mon, 30 Mar 2020 11:03:31 GMT");
        assert_eq!(date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(4_102_444_799), "Thu, 31 Dec 2099 23:59:59 GMT");
    }
}
