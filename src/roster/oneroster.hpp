// Reading OneRoster: the bytes of a CSV zip in bulk mode (1EdTech OneRoster CSV binding 1.2,
// and 1.1) in, a checked Package or a list of what is wrong out. No database: what happens with a
// Package is import.hpp's.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "roster/csv.hpp"
#include "roster/zip.hpp"

namespace bw::roster {

/// A calendar date without a zone, as OneRoster gives them.
using Date = std::chrono::sys_days;

/// One institution's roster. Every reference is the sourcedId of a row in the same Package; an
/// empty one refers to nothing. OneRoster's `class` is a Section here.
struct Package {
    struct Org {
        std::string sourced_id, name, type, identifier, parent;
    };
    struct AcademicSession {
        std::string sourced_id, title, type, parent, school_year;
        Date start_date, end_date;
    };
    struct Course {
        std::string sourced_id, title, course_code, org, school_year;
    };
    struct Section {
        std::string sourced_id, title, class_code, class_type, location, course, school;
        std::vector<std::string> terms;
    };
    struct User {
        std::string sourced_id, username, given_name, family_name, email, identifier, primary_org;
        bool enabled = true;
    };
    /// In a 1.1 package made from the columns `role` and `orgSourcedIds` of users.csv: one a user
    /// and org.
    struct Role {
        std::string sourced_id, user, org, role, role_type;
        std::optional<Date> begin_date, end_date; // the end is exclusive
    };
    struct Enrollment {
        std::string sourced_id, section, school, user, role;
        bool primary = false;
        std::optional<Date> begin_date, end_date; // the end is exclusive
    };
    struct Category {
        std::string sourced_id, title;
        std::optional<double> weight;
    };
    struct LineItem {
        std::string sourced_id, title, description, section, category, grading_period, school;
        Date assign_date;
        std::optional<Date>
            due_date; // given as a date: the zone and the hour are the institution's to say
        std::optional<Instant> due_at; // given as an instant
        std::optional<double> result_min, result_max;
    };

    std::string version; // "1.1" or "1.2"
    std::vector<Org> orgs;
    std::vector<AcademicSession> academic_sessions;
    std::vector<Course> courses;
    std::vector<Section> sections;
    std::vector<User> users;
    std::vector<Role> roles;
    std::vector<Enrollment> enrollments;
    /// Absent files: nullopt. An import leaves what it has of them alone.
    std::optional<std::vector<Category>> categories;
    std::optional<std::vector<LineItem>> line_items;
    /// What was ignored, for a person to read.
    std::vector<std::string> warnings;
};

struct ReadOptions {
    ZipLimits zip;
    CsvLimits csv;
    std::size_t errors_limit = 100;
};

/// Everything found wrong, in the order of the files, up to `ReadOptions::errors_limit`.
struct ImportErrors {
    std::vector<CsvError> list;
    bool more = false; // there were more than the limit
};

/// Fails with the first problem: bad_request for the archive and the manifest as a whole,
/// invalid_field with "file:line:column" in `field` for content, payload_too_large for limits,
/// not_implemented for delta files. `errors` receives the content problems, all of them up to the
/// limit.
Result<Package> read_package(ByteView zip, const ReadOptions& options = {},
                             ImportErrors* errors = nullptr);
/// The same from a file of at most `options.zip.total_bytes`.
Result<Package> read_package_file(const std::filesystem::path& path,
                                  const ReadOptions& options = {}, ImportErrors* errors = nullptr);

/// Moves every date and instant of the package by whole days. School years and titles stay as they
/// are.
void shift(Package& package, std::chrono::days by);
/// Shifts so that the newest term (type `term`, the latest start) starts on `date`. not_found if
/// there is no term.
Result<std::chrono::days> shift_to(Package& package, Date date);

/// "2026-11-23"; nullopt unless it is a real date of the years 1 to 9999, written so.
std::optional<Date> parse_date(std::string_view text);
std::string to_text(Date date);

} // namespace bw::roster
