#include "roster/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "base/ensure.hpp"
#include "roster/zip.hpp"

namespace bw::roster {

namespace {

using std::chrono::days;

constexpr auto given_names = std::to_array<std::string_view>(
    {"Ada",  "Amara", "Björn", "Carla", "Chen", "Dana", "Diego", "Elif",
     "Femi", "Grace", "Hana",  "Inés",  "Jun",  "Kofi", "Lena",  "Maya",
     "Noor", "Omar",  "Paz",   "Rosa",  "Sami", "Tao",  "Uma",   "Zoë"});
constexpr auto family_names = std::to_array<std::string_view>(
    {"Abara",  "Baker", "Costa", "D'Souza", "Evans",  "Fischer", "García",
     "Haddad", "Ito",   "Jones", "Khan",    "Moreau", "Nguyen",  "Okafor",
     "Patel",  "Rossi", "Silva", "Vogel",   "Wang",   "Xu"});
constexpr auto subjects = std::to_array<std::string_view>(
    {"Mathematics", "English", "Biology", "Chemistry", "Physics", "History", "Geography", "Music",
     "Art", "Computing", "Economics", "Spanish"});
constexpr days term_length{120};

/// A file as it is written.
class File {
public:
    File(ZipWriter& zip, const std::string& name, const std::vector<std::string_view>& header)
        : zip_(zip) {
        zip_.begin(name + ".csv");
        append_csv_row(text_, header);
    }
    ~File() { zip_.write(text_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    void row(const std::vector<std::string>& fields) {
        append_csv_row(text_, std::vector<std::string_view>(fields.begin(), fields.end()));
        if (text_.size() < 64 * 1024)
            return;
        zip_.write(text_);
        text_.clear();
    }

private:
    ZipWriter& zip_;
    Bytes text_;
};

/// Chance that can be asked again: each person has a stream of their own, so that the files can be
/// written one after the other. SplitMix64 (Steele, Lea, Flood 2014).
class Chance {
public:
    Chance(std::uint64_t seed, std::uint64_t stream) : state_(seed + stream * 0xbf58476d1ce4e5b9) {}
    std::size_t pick(std::size_t count) {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return static_cast<std::size_t>((z ^ (z >> 31)) % count);
    }

private:
    std::uint64_t state_;
};

/// Someone in the files: numbered through, so that each has chance of their own.
struct Person {
    std::size_t number; // among all
    std::string username;
    std::string_view role;
    std::size_t school;
    std::string agent = {}; // of whom acts for them
};

class Sample {
public:
    Sample(const SampleOptions& options, Rng& rng, ZipWriter& zip)
        : o_(options), seed_(rng.u64()), zip_(zip), term_start_(options.around - days(30)) {}

    void write() {
        manifest();
        orgs();
        academic_sessions();
        courses();
        classes();
        users();
        roles();
        if (o_.families)
            demographics();
        enrollments();
        categories();
        line_items();
    }

private:
    std::string school(std::size_t n) const {
        return fmt::format("school-{}-{}", o_.slug, n % schools() + 1);
    }
    std::size_t schools() const { return std::max<std::size_t>(o_.schools, 1); }
    std::string_view subject(std::size_t section) const {
        return subjects[section % subjects.size()];
    }
    std::string section(std::size_t n) const { return fmt::format("class-{}", n + 1); }

    void manifest() const {
        File f(zip_, "manifest", {"propertyName", "value"});
        f.row({"manifest.version", "1.0"});
        f.row({"oneroster.version", "1.2"});
        for (auto name : {"academicSessions", "categories", "classes", "courses", "enrollments",
                          "lineItems", "orgs", "roles", "users"})
            f.row({fmt::format("file.{}", name), "bulk"});
        f.row({"file.demographics", o_.families ? "bulk" : "absent"});
        for (auto name : {"resources", "results", "scoreScales", "userProfiles"})
            f.row({fmt::format("file.{}", name), "absent"});
        f.row({"source.systemName", "Bellwether sample"});
        f.row({"source.systemCode", o_.slug});
    }

    void orgs() const {
        File f(zip_, "orgs",
               {"sourcedId", "status", "dateLastModified", "name", "type", "identifier",
                "parentSourcedId"});
        f.row({"district-" + o_.slug, "", "", o_.name, "district", o_.slug, ""});
        for (std::size_t n = 0; n < schools(); ++n)
            f.row({school(n), "", "", fmt::format("{}, school {}", o_.name, n + 1), "school",
                   fmt::format("{}-{}", o_.slug, n + 1), "district-" + o_.slug});
    }

    void academic_sessions() const {
        File f(zip_, "academicSessions",
               {"sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate",
                "parentSourcedId", "schoolYear"});
        Date before = term_start_ - term_length;
        std::string year = to_text(term_start_).substr(0, 4);
        f.row({"year", "", "", year, "schoolYear", to_text(before),
               to_text(term_start_ + term_length), "", year});
        f.row({"term-1", "", "", "Term 1", "term", to_text(before), to_text(term_start_), "year",
               year});
        f.row({"term-2", "", "", "Term 2", "term", to_text(term_start_),
               to_text(term_start_ + term_length), "year", year});
    }

    void courses() const {
        File f(zip_, "courses",
               {"sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title",
                "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"});
        for (std::size_t n = 0; n < std::min(o_.sections, subjects.size()); ++n)
            f.row({fmt::format("course-{}", n + 1), "", "", "year", std::string(subjects[n]),
                   fmt::format("C{:02}", n + 1), "", "district-" + o_.slug, "", ""});
    }

    void classes() const {
        File f(zip_, "classes",
               {"sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId",
                "classCode", "classType", "location", "schoolSourcedId", "termSourcedIds",
                "subjects", "subjectCodes", "periods"});
        for (std::size_t n = 0; n < o_.sections; ++n) // every fourth runs all year
            f.row({section(n), "", "", fmt::format("{} {}", subject(n), n / subjects.size() + 1),
                   "", fmt::format("course-{}", n % subjects.size() + 1),
                   fmt::format("S{:03}", n + 1), "scheduled", fmt::format("Room {}", 100 + n),
                   school(n), n % 4 == 3 ? "term-1,term-2" : "term-2", "", "", ""});
    }

    std::string student(std::size_t n) const {
        return n == 0 ? o_.first_student : fmt::format("s{}", n + 1);
    }
    std::string teacher(std::size_t n) const {
        return n == 0 ? o_.first_teacher : fmt::format("t{}", n + 1);
    }

    template <class Fn>
    void each_person(Fn&& fn) const {
        std::size_t number = 0;
        fn(Person{number++, "admin", "siteAdministrator", 0});
        for (std::size_t n = 0; n < o_.sections; ++n)
            fn(Person{number++, teacher(n), "teacher", n});
        for (std::size_t n = 0; n < o_.students; ++n)
            fn(Person{number++, student(n), "student", n,
                      o_.families ? fmt::format("user-g{}", n + 1) : ""});
        for (std::size_t n = 0; o_.families && n < o_.students; ++n)
            fn(Person{number++, fmt::format("g{}", n + 1), "guardian", n});
    }

    /// Given and family name: nobody else's among the next 479.
    std::pair<std::string_view, std::string_view> names(const Person& p) const {
        constexpr std::size_t all = given_names.size() * family_names.size(), step = 229;
        static_assert(std::gcd(all, step) == 1);
        const std::size_t n = (seed_ % all + p.number * step) % all;
        return {given_names[n % given_names.size()], family_names[n / given_names.size()]};
    }

    /// Whom a demo names by a name of their own is called so.
    static std::string given_name(const std::string& username, std::string_view otherwise) {
        std::string name(otherwise);
        if (!std::ranges::any_of(username, [](char c) { return c >= '0' && c <= '9'; }) &&
            username != "admin") {
            name = username;
            name.front() = static_cast<char>(name.front() - 'a' + 'A');
        }
        return name;
    }

    void users() const {
        File f(zip_, "users",
               {"sourcedId", "status", "dateLastModified", "enabledUser", "username", "userIds",
                "givenName", "familyName", "middleName", "identifier", "email", "agentSourcedIds",
                "primaryOrgSourcedId"});
        each_person([&](const Person& p) {
            const auto [given, family] = names(p);
            f.row({"user-" + p.username, "", "", "true", p.username, "",
                   given_name(p.username, given), std::string(family), "", p.username,
                   fmt::format("{}@{}.example", p.username, o_.slug), p.agent, school(p.school)});
        });
    }

    void roles() const {
        File f(zip_, "roles",
               {"sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role",
                "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"});
        each_person([&](const Person& p) {
            f.row({"role-" + p.username, "", "", "user-" + p.username, "primary",
                   std::string(p.role), "", "", school(p.school), ""});
        });
    }

    void demographics() const {
        File f(zip_, "demographics",
               {"sourcedId", "status", "dateLastModified", "birthDate", "sex"});
        for (std::size_t n = 0; n < o_.students; ++n) {
            Chance chance(~seed_, n);
            f.row({"user-" + student(n), "", "",
                   to_text(o_.around - days(365 * 11 + static_cast<int>(chance.pick(365 * 7)))),
                   chance.pick(2) == 0 ? "female" : "male"});
        }
    }

    void enrollments() const {
        File f(zip_, "enrollments",
               {"sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId",
                "userSourcedId", "role", "primary", "beginDate", "endDate"});
        auto enroll = [&](const std::string& username, std::size_t in_section,
                          const std::string& role) {
            f.row({fmt::format("enrol-{}-{}", in_section + 1, username), "", "",
                   section(in_section), school(in_section), "user-" + username, role,
                   role == "teacher" ? "true" : "false", to_text(term_start_), ""});
        };
        for (std::size_t n = 0; n < o_.sections; ++n)
            enroll(teacher(n), n, "teacher");
        for (std::size_t n = 0; n < o_.students; ++n) {
            // Neighbours among the sections of the student's own school (every schools()-th), from
            // a random one on.
            const std::size_t first = n % schools();
            if (first >= o_.sections)
                continue;
            const std::size_t there = (o_.sections - first - 1) / schools() + 1;
            Chance chance(seed_ ^ 1, n);
            const std::size_t from = chance.pick(there);
            for (std::size_t k = 0; k < std::min(there, o_.sections_per_student); ++k)
                enroll(student(n), first + (from + k) % there * schools(), "student");
        }
    }

    void categories() const {
        File f(zip_, "categories", {"sourcedId", "status", "dateLastModified", "title", "weight"});
        f.row({"cat-homework", "", "", "Homework", "100"});
    }

    void line_items() const {
        File f(zip_, "lineItems",
               {"sourcedId", "status", "dateLastModified", "title", "description", "assignDate",
                "dueDate", "classSourcedId", "categorySourcedId", "gradingPeriodSourcedId",
                "resultValueMin", "resultValueMax", "schoolSourcedId"});
        for (std::size_t n = 0; n < o_.sections; ++n)
            for (std::size_t d = 0; d < o_.due.size(); ++d)
                f.row({fmt::format("item-{}-{}", n + 1, d + 1), "", "",
                       fmt::format("{}{}", subject(n), sample_title_end(d)),
                       "Hand in one file, \"final\" or not.",
                       to_text(std::min(term_start_, o_.due[d])), to_text(o_.due[d]), section(n),
                       "cat-homework", "term-2", "0", "100", school(n)});
    }

    const SampleOptions& o_;
    std::uint64_t seed_;
    ZipWriter& zip_;
    Date term_start_;
};

} // namespace

std::string sample_title_end(std::size_t n) {
    return fmt::format(", homework {}", n + 1);
}

Bytes sample_zip(const SampleOptions& options, Rng& rng) {
    Bytes out;
    ZipWriter zip(out);
    Sample(options, rng, zip).write();
    ENSURE(zip.close(), "writing to memory cannot fail");
    return out;
}

Result<void> write_sample(const std::filesystem::path& path, const SampleOptions& options,
                          Rng& rng) {
    ZipWriter zip(path);
    Sample(options, rng, zip).write();
    return zip.close();
}

} // namespace bw::roster
