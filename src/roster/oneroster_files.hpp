// OneRoster's files, one function each, in the order in which they refer to each other. For
// oneroster.cpp alone.
#pragma once

#include <map>

#include "roster/oneroster_table.hpp"

namespace bw::roster {

struct FilesReader {
    const std::map<std::string, ByteView>&
        files; // by name, e.g. "users"; those that the manifest marks bulk
    const CsvLimits& limits;
    Package& package;
    Findings& findings;

    SourcedIds orgs{"orgs.csv"}, academic_sessions{"academicSessions.csv"}, courses{"courses.csv"},
        classes{"classes.csv"}, users{"users.csv"}, categories{"categories.csv"};

    void read_all();

private:
    bool v11() const { return package.version == "1.1"; }
    Table open(const std::string& name, std::vector<Column> columns);
    void read_orgs();
    void read_academic_sessions();
    void read_courses();
    void read_classes();
    void read_users();
    void read_roles();
    void read_enrollments();
    void read_categories();
    void read_line_items();
};

} // namespace bw::roster
