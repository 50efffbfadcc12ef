// A package small enough to know by heart, as files that a test changes one at a time. For tests
// alone.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "base/ensure.hpp"
#include "roster/oneroster.hpp"
#include "roster/zip.hpp"

namespace bw::roster::test {

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
    Bytes zip() const {
        std::vector<ZipEntry> entries;
        for (const auto& [name, bytes] : text)
            entries.push_back({name, bytes});
        return write_zip(entries);
    }
    Package package() const {
        auto read = read_package(zip());
        ENSURE(read, read ? "" : read.error().text().c_str());
        return *std::move(read);
    }
};

/// The folder of real packages, or an empty path: $BW_REAL_DATA, else beside the source tree.
inline std::filesystem::path real_data() {
    const char* given = std::getenv("BW_REAL_DATA");
    std::filesystem::path folder =
        given ? std::filesystem::path(given)
              : std::filesystem::path(BW_SOURCE_DIR) / "../shared/data/oneroster";
    return std::filesystem::is_directory(folder) ? folder : std::filesystem::path();
}

} // namespace bw::roster::test
