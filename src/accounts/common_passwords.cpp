#include "accounts/common_passwords.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace bw::accounts {

namespace {

/// Words that people everywhere choose, written down from common knowledge: what password research
/// says again and again (the word for password itself, endearments, sports, animals, seasons,
/// months, faiths, heroes), and what a school adds to it. Lower-case letters alone.
constexpr std::string_view words[] = {
    "password",     "passwort",  "passwd",     "pass",          "passcode",    "passphrase",
    "secret",       "geheim",    "letmein",    "welcome",       "willkommen",  "login",
    "signin",       "access",    "admin",      "administrator", "root",        "guest",
    "user",         "username",  "test",       "testing",       "demo",        "default",
    "changeme",     "change",    "temp",       "temporary",     "master",      "monkey",
    "dragon",       "shadow",    "sunshine",   "princess",      "prinzessin",  "football",
    "fussball",     "baseball",  "basketball", "soccer",        "hockey",      "superman",
    "batman",       "spiderman", "pokemon",    "pikachu",       "minecraft",   "fortnite",
    "roblox",       "mario",     "zelda",      "starwars",      "ninja",       "iloveyou",
    "ichliebedich", "loveme",    "lovely",     "love",          "baby",        "angel",
    "jesus",        "hello",     "hallo",      "helloworld",    "whatever",    "trustno",
    "freedom",      "flower",    "butterfly",  "chocolate",     "cookie",      "cookies",
    "cheese",       "banana",    "orange",     "apple",         "summer",      "winter",
    "spring",       "autumn",    "sommer",     "herbst",        "january",     "february",
    "march",        "april",     "june",       "july",          "august",      "september",
    "october",      "november",  "december",   "monday",        "tuesday",     "wednesday",
    "thursday",     "friday",    "saturday",   "sunday",        "school",      "schule",
    "student",      "schueler",  "teacher",    "lehrer",        "classroom",   "class",
    "homework",     "library",   "college",    "university",    "computer",    "internet",
    "google",       "microsoft", "windows",    "samsung",       "iphone",      "android",
    "youtube",      "facebook",  "instagram",  "tiktok",        "snapchat",    "hunter",
    "killer",       "tiger",     "lion",       "horse",         "puppy",       "kitty",
    "kitten",       "rabbit",    "unicorn",    "rainbow",       "purple",      "silver",
    "golden",       "diamond",   "ginger",     "pepper",        "michael",     "jessica",
    "ashley",       "daniel",    "jordan",     "thomas",        "charlie",     "andrea",
    "nicole",       "jennifer",  "anthony",    "george",        "maggie",      "bailey",
    "buster",       "harley",    "liverpool",  "arsenal",       "chelsea",     "barcelona",
    "london",       "berlin",    "america",    "england",       "deutschland", "mustang",
    "ferrari",      "porsche",   "corvette",   "yamaha",        "merlin",      "matrix",
    "phoenix",      "cheer",     "family",     "friends",       "forever",     "blessed",
    "lucky",        "nothing",   "mother",     "father",        "brother",     "sister",
    "abc",          "qwerty",    "qwertz",     "azerty",        "bellwether"};

/// Along which fingers and thoughts run, in either direction.
constexpr std::string_view rows[] = {"abcdefghijklmnopqrstuvwxyz",
                                     "01234567890",
                                     "qwertyuiop",
                                     "qwertzuiop",
                                     "asdfghjkl",
                                     "zxcvbnm",
                                     "yxcvbnm",
                                     "1qaz",
                                     "2wsx",
                                     "3edc",
                                     "4rfv",
                                     "5tgb",
                                     "6yhn",
                                     "7ujm",
                                     "8ik",
                                     "9ol"};

constexpr std::size_t decoration_chars = 5; // "2024!", "123"

bool letter(char c) {
    return c >= 'a' && c <= 'z';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return out;
}

/// Letters that digits and signs stand for.
std::string unmasked(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        switch (c) {
        case '0':
            c = 'o';
            break;
        case '1':
            c = 'l';
            break;
        case '3':
            c = 'e';
            break;
        case '4':
        case '@':
            c = 'a';
            break;
        case '5':
        case '$':
            c = 's';
            break;
        case '7':
            c = 't';
            break;
        default:
            break;
        }
    return out;
}

std::string letters_of(std::string_view text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out),
                         [](char c) { return letter(c) || (c & 0x80) != 0; });
    return out;
}

/// Its shortest unit, if it is that unit again and again; else all of it.
std::string_view unit_of(std::string_view text) {
    // The prefix function (Knuth, Morris, Pratt): its last value gives the shortest period.
    std::string::size_type matched = 0;
    std::string lengths(text.size(),
                        '\0'); // bytes do: passwords of more than 255 are not looked at
    for (std::size_t i = 1; i < text.size(); ++i) {
        while (matched > 0 && text[i] != text[matched])
            matched = static_cast<unsigned char>(lengths[matched - 1]);
        matched += text[i] == text[matched];
        lengths[i] = static_cast<char>(matched);
    }
    const std::size_t period = text.size() - matched;
    return text.size() % period == 0 ? text.substr(0, period) : text;
}

bool neighbours(char a, char b) {
    return a == b || std::ranges::any_of(rows, [&](std::string_view row) {
               for (std::size_t i = 0; i + 1 < row.size(); ++i)
                   if ((row[i] == a && row[i + 1] == b) || (row[i] == b && row[i + 1] == a))
                       return true;
               return false;
           });
}

/// In how many runs a hand goes over it.
std::size_t runs_of(std::string_view text) {
    std::size_t runs = 1;
    for (std::size_t i = 1; i < text.size(); ++i)
        runs += !neighbours(text[i - 1], text[i]);
    return runs;
}

bool date(std::string_view text) {
    if (text.size() > 8 || text.size() < 6 || !std::ranges::all_of(text, digit))
        return false;
    auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        for (char c : text.substr(at, size))
            value = value * 10 + (c - '0');
        return value;
    };
    auto day_and_month = [](int a, int b) {
        return (a >= 1 && a <= 31 && b >= 1 && b <= 12) || (b >= 1 && b <= 31 && a >= 1 && a <= 12);
    };
    if (text.size() == 8)
        return (number(0, 4) / 100 >= 19 && number(0, 4) / 100 <= 20 &&
                day_and_month(number(4, 2), number(6, 2))) ||
               (number(4, 4) / 100 >= 19 && number(4, 4) / 100 <= 20 &&
                day_and_month(number(0, 2), number(2, 2)));
    return text.size() == 6 &&
           (day_and_month(number(0, 2), number(2, 2)) || day_and_month(number(2, 2), number(4, 2)));
}

/// The letters that may be a word: as they stand; unmasked without what stands behind; the same
/// without what stands before, too.
std::array<std::string, 3> cores_of(std::string_view text) {
    std::string_view tail_cut = text;
    while (!tail_cut.empty() && !letter(tail_cut.back()) && !(tail_cut.back() & 0x80))
        tail_cut.remove_suffix(1);
    std::string_view both_cut = tail_cut;
    while (!both_cut.empty() && !letter(both_cut.front()) && !(both_cut.front() & 0x80))
        both_cut.remove_prefix(1);
    return {letters_of(text), letters_of(unmasked(tail_cut)), letters_of(unmasked(both_cut))};
}

} // namespace

std::string_view guessed_first(std::string_view password, std::span<const std::string> own_words) {
    if (password.empty() || password.size() > 255)
        return {};
    const std::string whole = lower(password);
    const std::string_view unit = unit_of(whole);
    if (unit.size() < whole.size() && unit.size() <= 4)
        return "repeats a few characters";
    if (runs_of(unit) <= std::max<std::size_t>(1, unit.size() / 4))
        return "is a row of keys or a sequence";
    if (date(unit))
        return "is a date";
    for (const std::string& core : cores_of(unit)) {
        if (core.empty() || unit.size() > core.size() + decoration_chars)
            continue;
        const std::string_view bare = unit_of(core);
        if (std::ranges::find(words, bare) != std::end(words))
            return "is one of the commonest words with little around it";
        for (const std::string& own : own_words)
            if (own.size() >= 3 && bare == letters_of(lower(own)))
                return "is a name of yours or of your school with little around it";
    }
    return {};
}

} // namespace bw::accounts
