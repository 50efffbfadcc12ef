// Passwords that are tried first by whoever guesses: the program's own rules for them, without a
// list from elsewhere. Lists of leaked passwords are breached_list.hpp's.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace bw::accounts {

/// Why this password falls to the first guesses, as a clause for the person ("is a row of keys"),
/// or empty: a common word or one of `own_words` (names of the person and the place) with little
/// around it, rows of keys, runs, repeats, a date. Case, digits and signs that stand for letters do
/// not help. Any bytes; linear in their length.
std::string_view guessed_first(std::string_view password, std::span<const std::string> own_words);

} // namespace bw::accounts
