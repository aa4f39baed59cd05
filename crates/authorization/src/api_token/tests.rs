use directory::{EndUser, Role};

use super::*;

fn made(name: &str, scopes: &[ApiScope], days: u32) -> Result<ApiToken, Violation> {
    ApiToken::new((Uuid::nil(), name, "ops".parse().unwrap()), scopes, days, UnixTime(1_000))
}

#[test]
fn a_token_is_known_by_its_prefix_and_kept_as_a_hash() {
    let secret = ApiTokenSecret::new([7; 32]);
    assert_eq!(secret.expose(), "ringbearer_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
    assert_eq!(secret.hash(), TokenHash::of(secret.expose().as_bytes()));
    assert_eq!(format!("{secret:?}"), "ApiTokenSecret(..)");
}

#[test]
fn a_token_ends_on_its_day() {
    let token = made("ci", &[ApiScope::Read], 2).unwrap();
    assert_eq!(token.expires, UnixTime(1_000 + 2 * 86_400));
    assert!(!token.is_over(UnixTime(token.expires.0 - 1)));
    assert!(token.is_over(token.expires));
}

#[test]
fn what_a_token_may_be_is_said_by_field() {
    let refused = |name: &str, scopes: &[ApiScope], days| made(name, scopes, days).unwrap_err().to_string();
    let read = [ApiScope::Read];
    assert_eq!(refused("", &read, 1), "API Token: Name: a value is required");
    assert_eq!(refused("ci", &[], 1), "API Token: Scopes: a value is required");
    assert_eq!(refused(&"x".repeat(65), &read, 1), "API Token: Name: at most 64 characters are allowed");
    assert_eq!(
        refused(" ci", &read, 1),
        "API Token: Name: only visible characters and spaces between them are allowed"
    );
    for days in [0, 366] {
        assert_eq!(refused("ci", &read, days), "API Token: Days: the value must be between 1 and 365");
    }
    let scopes = made("ci", &[ApiScope::Control, ApiScope::Read, ApiScope::Control], 1).unwrap().scopes;
    assert_eq!(scopes, [ApiScope::Read, ApiScope::Control]);
}

#[test]
fn scopes_are_read_as_they_are_written() {
    for scope in ApiScope::all() {
        assert_eq!(scope.to_string().parse(), Ok(scope));
    }
    assert_eq!(ApiScope::Write(ApiArea::Phones).to_string(), "write:phones");
    assert!("write:everything".parse::<ApiScope>().is_err());
}

#[test]
fn a_scope_is_worth_what_its_owners_role_is() {
    let user = |roles: &[Role]| EndUser { roles: roles.to_vec(), ..EndUser::new("ops".parse().unwrap()) };
    let permitted = |user: &EndUser| ApiScope::all().filter(|scope| scope.is_permitted(user)).count();
    let all = ApiScope::all().count();
    assert_eq!(permitted(&user(&[Role::Administrator])), all);
    assert_eq!(permitted(&user(&[Role::AxlAccess])), all - 2, "neither admin nor write:certificates");
    assert_eq!(permitted(&user(&[Role::ReadOnly])), 1);
    assert_eq!(permitted(&user(&[])), 0);
    assert_eq!(permitted(&EndUser { active: false, ..user(&[Role::Administrator]) }), 0);
}
