// test_demo make|remove DIRECTORY: an installation with the demo that no server has run yet. The
// servers of a CTest run begin with copies of it, and need not make a database, its tables and the
// demo each ($BW_DEMO). DIRECTORY is a link to where it lies: under /tmp, because a socket's path
// has 107 bytes at most and a build directory may be deep.
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <string_view>

#include "app/database_setup.hpp"
#include "app/demo.hpp"

namespace fs = std::filesystem;
using namespace bw;

namespace {

Result<void> remove_demo(const fs::path& link) {
    std::error_code ec;
    if (const fs::path directory = fs::read_symlink(link, ec); !ec)
        fs::remove_all(directory, ec);
    fs::remove(link, ec);
    return {};
}

Result<void> make_demo(const fs::path& link, const Clock& clock, Rng& rng) {
    CHECK_OK(remove_demo(link)); // left by a run that was cut short
    std::string directory = "/tmp/bwdemoXXXXXX";
    if (::mkdtemp(directory.data()) == nullptr)
        return fail(Code::unavailable, "mkdtemp failed", directory);
    std::error_code ec;
    fs::create_directory_symlink(directory, link, ec); // first, so that remove_demo() finds it
    if (ec)
        return fail(Code::unavailable, ec.message(), link);
    fs::permissions(directory, fs::perms(0711), ec); // as root the database runs as another user
    const Deadline deadline = Deadline::in(clock, 90s);
    const app::Installation installation = TRY(app::Installation::open(directory));
    pg::PrivateCluster cluster = TRY(pg::PrivateCluster::start(
        {.directory = installation.cluster(), .durable = false}, clock, deadline));
    TRY(app::set_up_database(installation, cluster, clock, rng, deadline));
    TRY(app::load_demo(installation, false, clock, rng));
    return cluster.stop(deadline);
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view verb = argc == 3 ? argv[1] : "";
    if (verb != "make" && verb != "remove") {
        std::fprintf(stderr, "usage: test_demo make|remove DIRECTORY\n");
        return 2;
    }
    SystemClock clock;
    SystemRng rng;
    auto done = verb == "make" ? make_demo(argv[2], clock, rng) : remove_demo(argv[2]);
    if (!done)
        std::fprintf(stderr, "test_demo: %s\n", done.error().text().c_str());
    return done ? 0 : 1;
}
