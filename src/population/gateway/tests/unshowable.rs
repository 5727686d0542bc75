//! What holds a citizen's data or a secret can be neither printed nor serialised: a proof by the compiler (RISKS T12).
//!
//! A log line, an error chain or a panic message shows a value through `Debug`, `Display` or `Serialize`. The types below
//! have none of the three, so whoever adds one, or derives one on a type around them, does not get past this file.

use std::fmt::{Debug, Display};

use serde::Serialize;

use super::super::access::{Access, TokenAccess};
use super::super::direct::Signer;
use super::super::judge::Attempt;
use super::super::question::Question;
use super::super::token::{Token, TokenKeeper};
use super::super::transport::{Answer, Body};
use super::super::{GatewaySource, Read};
use crate::citizen::card::{Card, ScannedCard};
use crate::citizen::partial_date::RegisterDate;
use crate::citizen::person_file::Person;
use crate::citizen::{
    Address, BirthDate, Given, HouseholdHead, Name, Number, PartialDate, PersonName, PersonalText, Query, Record,
    Relative,
};
use crate::config::{
    ConnectionSettings, HeaderSettings, ProfileSettings, SecretFile, Settings, TokenRequest, TokenSettings,
};
use crate::population::reply::tree::Element;
use crate::population::reply::{HttpReply, TokenReply};
use crate::population::{LookUp, Outcome};

/// For a type with one of the three traits more than one `Fits` holds, and the compiler refuses to choose.
macro_rules! neither_printed_nor_serialised {
    ($($type:ty),+ $(,)?) => {$(
        const _: fn() = || {
            trait Fits<Reason> {
                fn fits() {}
            }
            struct Printed;
            struct Shown;
            struct Serialised;
            impl<T: ?Sized> Fits<()> for T {}
            impl<T: ?Sized + Debug> Fits<Printed> for T {}
            impl<T: ?Sized + Display> Fits<Shown> for T {}
            impl<T: ?Sized + Serialize> Fits<Serialised> for T {}
            let _ = <$type as Fits<_>>::fits;
        };
    )+};
}

// The citizen.
neither_printed_nor_serialised!(
    Query,
    Number,
    Name,
    PartialDate,
    RegisterDate,
    PersonalText,
    Card,
    ScannedCard,
    Record,
    PersonName,
    BirthDate,
    Address,
    Relative,
    HouseholdHead,
    Given<'static>,
    Person,
);
// What is asked and answered.
neither_printed_nor_serialised!(LookUp, Outcome, Question, Answer, Body, Attempt, Read, HttpReply<'static>, Element);
// Secrets and what holds them.
neither_printed_nor_serialised!(
    SecretFile,
    ProfileSettings,
    TokenSettings,
    TokenRequest,
    HeaderSettings,
    ConnectionSettings,
    Settings,
    Signer,
    Access,
    TokenAccess,
    Token,
    TokenKeeper,
    TokenReply,
    GatewaySource,
);
