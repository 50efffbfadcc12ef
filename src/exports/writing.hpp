// One attempt at one export: the report is run, a file is made of its lines, the file goes to the
// blob store. What it leaves behind when it dies lies under a key of its own.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "exports/forms.hpp"
#include "exports/jobs.hpp"

namespace bw::exports {

/// Says once a second how far an attempt is, hears on the same way that it was cancelled, and ends
/// what runs on the connection when it was, or when the disk gets full.
class Watch {
public:
    Watch(const WritingWork& work, const jobs::Attempt& attempt, ExportId id, std::int64_t number,
          columnar::Connection& connection, const std::filesystem::path& file);
    ~Watch();

    void counted(std::int64_t total) { total_ = total; }
    /// Why it is to end, if it is.
    Result<void> wrote(std::int64_t rows);
    /// What ended it, or `otherwise`.
    Error why(Error otherwise) const;
    bool cancelled() const { return cancelled_; }

private:
    void run(const std::stop_token& stop);
    void look(tenancy::Database& database);
    void end(Error why);

    const WritingWork& work_;
    const jobs::Attempt& attempt_;
    const ExportId id_;
    const std::int64_t number_;
    columnar::Connection& connection_;
    const std::filesystem::path file_;
    std::atomic<std::int64_t> rows_ = 0, total_ = -1;
    std::atomic<bool> cancelled_ = false, ended_ = false;
    mutable std::mutex mutex_;
    std::optional<Error> why_; // guarded by mutex_
    std::condition_variable_any wake_;
    std::stop_callback<std::function<void()>> stopped_; // the job's stop
    std::jthread thread_;                               // last: it uses the others
};

class Writing {
public:
    Writing(const WritingWork& work, const jobs::Attempt& attempt, ExportId id)
        : work_(work), attempt_(attempt), id_(id) {}
    Result<jobs::Outcome> run();

private:
    template <class Deed>
    auto in_transaction(Deed deed) {
        return attempt_.database.run(attempt_.tenant.scope, attempt_.deadline, deed);
    }
    struct Begun {
        std::int64_t number;
        ReportExport record;
        reporting::ReportRequest request;
    };
    /// nullopt: there is nothing to do any more.
    Result<std::optional<Begun>> begin();
    Result<Made> make(const Begun& begun, const reporting::Freshness& fresh, Watch& watch,
                      columnar::Connection& connection);
    Result<void> add_names(Lines& lines);
    Result<void> put(const Begun& begun, Made& made, Watch& watch);
    jobs::Effect completed(const Begun& begun, const Made& made);
    Result<jobs::Outcome> failed(Error error);
    std::filesystem::path file() const;

    const WritingWork& work_;
    const jobs::Attempt& attempt_;
    const ExportId id_;
};

} // namespace bw::exports
