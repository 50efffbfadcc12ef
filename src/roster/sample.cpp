#include "roster/sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

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

std::size_t pick(Rng& rng, std::size_t count) {
    return static_cast<std::size_t>(rng.u64() % count);
}

/// A file as it grows, its header first. "" for the two columns that bulk files leave empty.
class File {
public:
    File(std::string name, const std::vector<std::string_view>& header) : name_(std::move(name)) {
        append_csv_row(text_, header);
    }
    void row(const std::vector<std::string>& fields) {
        append_csv_row(text_, std::vector<std::string_view>(fields.begin(), fields.end()));
    }
    ZipEntry entry() && { return {name_ + ".csv", std::move(text_)}; }

private:
    std::string name_;
    Bytes text_;
};

class Sample {
public:
    Sample(const SampleOptions& options, Rng& rng)
        : o_(options), rng_(rng), term_start_(options.around - days(30)) {}

    Bytes zip() {
        std::vector<ZipEntry> entries{manifest()};
        entries.push_back(orgs());
        entries.push_back(academic_sessions());
        entries.push_back(courses());
        entries.push_back(classes());
        people();
        for (File* file : {&users_, &roles_, &enrollments_})
            entries.push_back(std::move(*file).entry());
        entries.push_back(categories());
        entries.push_back(line_items());
        return write_zip(entries);
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

    ZipEntry manifest() const {
        File f("manifest", {"propertyName", "value"});
        f.row({"manifest.version", "1.0"});
        f.row({"oneroster.version", "1.2"});
        for (auto name : {"academicSessions", "categories", "classes", "courses", "enrollments",
                          "lineItems", "orgs", "roles", "users"})
            f.row({fmt::format("file.{}", name), "bulk"});
        for (auto name : {"demographics", "resources", "results", "scoreScales", "userProfiles"})
            f.row({fmt::format("file.{}", name), "absent"});
        f.row({"source.systemName", "Bellwether sample"});
        f.row({"source.systemCode", o_.slug});
        return std::move(f).entry();
    }

    ZipEntry orgs() const {
        File f("orgs", {"sourcedId", "status", "dateLastModified", "name", "type", "identifier",
                        "parentSourcedId"});
        f.row({"district-" + o_.slug, "", "", o_.name, "district", o_.slug, ""});
        for (std::size_t n = 0; n < schools(); ++n)
            f.row({school(n), "", "", fmt::format("{}, school {}", o_.name, n + 1), "school",
                   fmt::format("{}-{}", o_.slug, n + 1), "district-" + o_.slug});
        return std::move(f).entry();
    }

    ZipEntry academic_sessions() const {
        File f("academicSessions", {"sourcedId", "status", "dateLastModified", "title", "type",
                                    "startDate", "endDate", "parentSourcedId", "schoolYear"});
        Date before = term_start_ - term_length;
        std::string year = to_text(term_start_).substr(0, 4);
        f.row({"year", "", "", year, "schoolYear", to_text(before),
               to_text(term_start_ + term_length), "", year});
        f.row({"term-1", "", "", "Term 1", "term", to_text(before), to_text(term_start_), "year",
               year});
        f.row({"term-2", "", "", "Term 2", "term", to_text(term_start_),
               to_text(term_start_ + term_length), "year", year});
        return std::move(f).entry();
    }

    ZipEntry courses() const {
        File f("courses",
               {"sourcedId", "status", "dateLastModified", "schoolYearSourcedId", "title",
                "courseCode", "grades", "orgSourcedId", "subjects", "subjectCodes"});
        for (std::size_t n = 0; n < std::min(o_.sections, subjects.size()); ++n)
            f.row({fmt::format("course-{}", n + 1), "", "", "year", std::string(subjects[n]),
                   fmt::format("C{:02}", n + 1), "", "district-" + o_.slug, "", ""});
        return std::move(f).entry();
    }

    ZipEntry classes() const {
        File f("classes",
               {"sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId",
                "classCode", "classType", "location", "schoolSourcedId", "termSourcedIds",
                "subjects", "subjectCodes", "periods"});
        for (std::size_t n = 0; n < o_.sections; ++n) // every fourth runs all year
            f.row({section(n), "", "", fmt::format("{} {}", subject(n), n / subjects.size() + 1),
                   "", fmt::format("course-{}", n % subjects.size() + 1),
                   fmt::format("S{:03}", n + 1), "scheduled", fmt::format("Room {}", 100 + n),
                   school(n), n % 4 == 3 ? "term-1,term-2" : "term-2", "", "", ""});
        return std::move(f).entry();
    }

    /// Whom a demo names by a name of their own is called so.
    std::string given_name(const std::string& username) {
        std::string name(given_names[pick(rng_, given_names.size())]);
        if (!std::ranges::any_of(username, [](char c) { return c >= '0' && c <= '9'; }) &&
            username != "admin") {
            name = username;
            name.front() = static_cast<char>(name.front() - 'a' + 'A');
        }
        return name;
    }

    void person(const std::string& username, std::string_view role, std::size_t at_school) {
        std::string id = "user-" + username;
        users_.row({id, "", "", "true", username, "", given_name(username),
                    std::string(family_names[pick(rng_, family_names.size())]), "", username,
                    fmt::format("{}@{}.example", username, o_.slug), school(at_school)});
        roles_.row({"role-" + username, "", "", id, "primary", std::string(role), "", "",
                    school(at_school), ""});
    }

    void enroll(const std::string& username, std::size_t in_section, const std::string& role) {
        enrollments_.row({fmt::format("enrol-{}-{}", in_section + 1, username), "", "",
                          section(in_section), school(in_section), "user-" + username, role,
                          role == "teacher" ? "true" : "false", to_text(term_start_), ""});
    }

    void people() {
        person("admin", "siteAdministrator", 0);
        for (std::size_t n = 0; n < o_.sections; ++n) {
            std::string username = n == 0 ? o_.first_teacher : fmt::format("t{}", n + 1);
            person(username, "teacher", n);
            enroll(username, n, "teacher");
        }
        for (std::size_t n = 0; n < o_.students; ++n) {
            std::string username = n == 0 ? o_.first_student : fmt::format("s{}", n + 1);
            person(username, "student", n);
            // Sections of the student's own school: every schools()-th, from a random one on.
            std::set<std::size_t> mine;
            for (std::size_t s = n % schools(); s < o_.sections; s += schools())
                mine.insert(s);
            while (mine.size() > o_.sections_per_student)
                mine.erase(
                    std::next(mine.begin(), static_cast<std::ptrdiff_t>(pick(rng_, mine.size()))));
            for (std::size_t s : mine)
                enroll(username, s, "student");
        }
    }

    ZipEntry categories() const {
        File f("categories", {"sourcedId", "status", "dateLastModified", "title", "weight"});
        f.row({"cat-homework", "", "", "Homework", "100"});
        return std::move(f).entry();
    }

    ZipEntry line_items() const {
        File f("lineItems",
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
        return std::move(f).entry();
    }

    const SampleOptions& o_;
    Rng& rng_;
    Date term_start_;
    File users_{"users",
                {"sourcedId", "status", "dateLastModified", "enabledUser", "username", "userIds",
                 "givenName", "familyName", "middleName", "identifier", "email",
                 "primaryOrgSourcedId"}};
    File roles_{"roles",
                {"sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role",
                 "beginDate", "endDate", "orgSourcedId", "userProfileSourcedId"}};
    File enrollments_{"enrollments",
                      {"sourcedId", "status", "dateLastModified", "classSourcedId",
                       "schoolSourcedId", "userSourcedId", "role", "primary", "beginDate",
                       "endDate"}};
};

} // namespace

std::string sample_title_end(std::size_t n) {
    return fmt::format(", homework {}", n + 1);
}

Bytes sample_zip(const SampleOptions& options, Rng& rng) {
    return Sample(options, rng).zip();
}

} // namespace bw::roster
