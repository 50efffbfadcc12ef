// A made-up institution as a OneRoster 1.2 zip, for demos and tests. It goes through the same
// reader as any other.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/rng.hpp"
#include "roster/oneroster.hpp"

namespace bw::roster {

struct SampleOptions {
    std::string name = "Elm Grove";
    std::string slug = "elm-grove"; // part of ids and of e-mail addresses under .example
    std::size_t schools = 2;
    std::size_t sections = 12; // spread over the schools; one teacher each
    std::size_t students = 240;
    std::size_t sections_per_student = 4;
    Date around; // the current term began 30 days before, the one before that ended then
    std::vector<Date>
        due; // each section of the current term has one line item due on each of these
    std::string first_student = "s1"; // usernames of two people whom a demo names
    std::string first_teacher = "t1";
    bool families = false; // each student has a guardian ("g1"..) and demographics
};

/// The same options and seed give the same bytes. Usernames: "s1".. for students, "t1".. for
/// teachers (the nth teaches the nth section), "admin". The nth line item's title ends with
/// sample_title_end(n), counted from 0.
Bytes sample_zip(const SampleOptions& options, Rng& rng);
/// The same into a file, however large: nothing is held but the row that is written.
Result<void> write_sample(const std::filesystem::path& path, const SampleOptions& options,
                          Rng& rng);
std::string sample_title_end(std::size_t n);

} // namespace bw::roster
