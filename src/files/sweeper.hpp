// Sweeper: removes what has expired, and what a crash left half removed, in every institution.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "files/writer.hpp"
#include "tenancy/directory.hpp"

namespace bw::files {

/// By hand (step) or on a thread of its own (start). Several processes may sweep at once.
class Sweeper {
public:
    Sweeper(const Parts& parts, std::unique_ptr<tenancy::Database> database,
            const tenancy::TenantDirectory& tenants)
        : parts_(parts), database_(std::move(database)), tenants_(tenants) {}
    ~Sweeper() { stop(); }

    /// How many uploads are gone; a failure is logged, and the rest goes on.
    int step();
    void start(Duration interval = 10min);
    void stop();

private:
    int sweep(const tenancy::TenantScope& scope);
    Result<bool> remove(const tenancy::TenantScope& scope, UploadId id);

    const Parts parts_;
    const std::unique_ptr<tenancy::Database> database_;
    const tenancy::TenantDirectory& tenants_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::jthread thread_;
};

} // namespace bw::files
