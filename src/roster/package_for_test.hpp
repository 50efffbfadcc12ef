// A package small enough to know by heart, as files that a test changes one at a time. For tests
// alone.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/ensure.hpp"
#include "roster/oneroster.hpp"
#include "roster/zip.hpp"

namespace bw::roster::test {

using Entries = std::vector<std::pair<std::string, std::string>>;

inline Bytes zip_of(const Entries& entries) {
    Bytes out;
    ZipWriter zip(out);
    for (const auto& [name, bytes] : entries) {
        zip.begin(name);
        zip.write(bytes);
    }
    ENSURE(zip.close(), "writing to memory cannot fail");
    return out;
}

/// All of an archive's files.
inline Result<Entries> unzip(const Bytes& zip, const ZipLimits& limits = {}) {
    ZipArchive archive = TRY(ZipArchive::open(zip, limits));
    Entries out;
    for (const auto& entry : archive.entries()) {
        ZipStream stream = TRY(archive.stream(entry.name));
        out.emplace_back(entry.name, "");
        char block[10'000];
        while (const std::size_t got = TRY(stream.read(block)))
            out.back().second.append(block, got);
    }
    return out;
}

struct Files {
    std::map<std::string, std::string> text = {
        {"manifest.csv", "propertyName,value\n"
                         "manifest.version,1.0\n"
                         "oneroster.version,1.2\n"
                         "file.orgs,bulk\n"
                         "file.academicSessions,bulk\n"
                         "file.courses,bulk\n"
                         "file.classes,bulk\n"
                         "file.users,bulk\n"
                         "file.roles,bulk\n"
                         "file.enrollments,bulk\n"
                         "file.categories,bulk\n"
                         "file.lineItems,bulk\n"
                         "file.demographics,absent\n"},
        {"orgs.csv", "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\n"
                     "d,,,District,district,,\n"
                     "s,,,School,school,,d\n"},
        {"academicSessions.csv", "sourcedId,status,dateLastModified,title,type,startDate,endDate,"
                                 "parentSourcedId,schoolYear\n"
                                 "y,,,2024,schoolYear,2023-09-01,2024-06-30,,2024\n"
                                 "t1,,,Autumn,term,2023-09-01,2024-01-31,y,2024\n"
                                 "t2,,,Spring,term,2024-02-01,2024-06-30,y,2024\n"},
        {"courses.csv", "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,"
                        "grades,orgSourcedId,subjects,subjectCodes\n"
                        "c,,,y,Music,M,,s,,\n"},
        {"classes.csv", "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,"
                        "classType,location,schoolSourcedId,termSourcedIds,subjects,"
                        "subjectCodes,periods\n"
                        "k1,,,\"Music, one\",,c,M1,scheduled,,s,\"t1,t2\",,,\n"
                        "k2,,,Music two,,c,M2,scheduled,,s,t2,,,\n"},
        {"users.csv", "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,"
                      "familyName,email,primaryOrgSourcedId\n"
                      "u1,,,true,Ada,,Ada,Abara,ada@example.org,s\n"
                      "u2,,,true,ben,,Ben,Baker,,s\n"
                      "u3,,,false,gone,,Gus,Gone,,\n"},
        {"roles.csv", "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,"
                      "endDate,orgSourcedId,userProfileSourcedId\n"
                      "r1,,,u1,primary,teacher,,,s,\n"
                      "r2,,,u2,primary,student,2023-09-01,,s,\n"
                      "r3,,,u1,secondary,principal,,,s,\n"},
        {"enrollments.csv", "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,"
                            "userSourcedId,role,primary,beginDate,endDate\n"
                            "e1,,,k1,s,u1,teacher,true,,\n"
                            "e2,,,k1,s,u2,student,false,2023-09-01,2024-01-31\n"},
        {"categories.csv", "sourcedId,status,dateLastModified,title,weight\n"
                           "g,,,Homework,12.5\n"},
        {"lineItems.csv",
         "sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,"
         "categorySourcedId,gradingPeriodSourcedId,"
         "resultValueMin,resultValueMax,schoolSourcedId\n"
         "i1,,,Essay,\"A \"\"short\"\"\nessay\",2024-02-01,2024-02-29,k1,g,t2,0,100,s\n"
         "i2,,,Song,,2024-02-01T08:00:00Z,2024-03-01T10:00:00+01:00,k2,g,,,,s\n"},
    };

    /// Replaces `from`, which must be there, once.
    Files& replace(const std::string& file, const std::string& from, const std::string& to) {
        std::string& t = text.at(file);
        auto at = t.find(from);
        ENSURE(at != t.npos, "the test's text is there");
        t.replace(at, from.size(), to);
        return *this;
    }
    Bytes zip() const { return zip_of({text.begin(), text.end()}); }
    Package package() const {
        auto opened = Package::open(zip());
        ENSURE(opened, opened ? "" : opened.error().text().c_str());
        return *std::move(opened);
    }
    /// A delta of version 1.2: the named files with these rows, under the headers that they have.
    static Files delta(const std::map<std::string, std::string>& rows) {
        const Files whole;
        Files out;
        out.text.clear();
        std::string manifest = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n";
        for (const auto& [file, lines] : rows) {
            manifest += "file." + file + ",delta\n";
            const std::string name = file + ".csv";
            const std::string& all = whole.text.at(name);
            out.text[name] = all.substr(0, all.find('\n') + 1) + lines;
        }
        out.text["manifest.csv"] = manifest;
        return out;
    }
};

} // namespace bw::roster::test
