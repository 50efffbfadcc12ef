// A real S3 server for tests: OpenStack Swift with s3api
// (tests/s3/s3_server.py). It can be told to fail.
#pragma once

#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "base/ensure.hpp"
#include "base/time.hpp"
#include "blob/s3_client.hpp"
#include "support/temporary_directory.hpp"

namespace bw::blob::test {

class Swift {
public:
    static bool installed() {
        return access("/usr/bin/swift-ring-builder", X_OK) == 0 &&
               access("/usr/bin/swift-proxy-server", X_OK) == 0;
    }
    /// One for all tests of this program; null: Swift is not installed.
    static Swift* shared() {
        if (!installed())
            return nullptr;
        static Swift swift;
        ENSURE(swift.pid_ > 0, "Swift is installed and does not start");
        return &swift;
    }

    /// "500 3": the next three requests are answered so, or "404 3"; "slow 300": each waits
    /// so many ms; "": none.
    void fail(const std::string& how) const {
        const std::string file = (directory_.path() / "fault").string();
        if (how.empty()) {
            ::unlink(file.c_str());
            return;
        }
        std::ofstream(file + ".new") << how;
        ::rename((file + ".new").c_str(), file.c_str());
    }
    S3Options options() const {
        return {.account = {.endpoint = endpoint_,
                            .bucket = "bellwether",
                            .access_key = "bw:app",
                            .secret_key = "SECRETKEY"},
                .public_endpoint = endpoint_};
    }
    /// As a client does that was given a URL: the status.
    static int put(const std::string& url, ByteView bytes) {
        CURL* const curl = curl_easy_init();
        curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, bytes.data());
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
        curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
        curl_easy_setopt(
            curl, CURLOPT_WRITEFUNCTION,
            +[](char*, std::size_t size, std::size_t n, void*) { return size * n; });
        curl_slist* headers = curl_slist_append(nullptr, "Content-Type:");
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
        long status = 0;
        if (curl_easy_perform(curl) == CURLE_OK)
            curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        curl_slist_free_all(headers);
        curl_easy_cleanup(curl);
        return static_cast<int>(status);
    }

private:
    Swift() {
        const std::string directory = directory_.path().string(), log = directory + "/log";
        const pid_t parent = getpid();
        pid_ = fork();
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent)
                _exit(1);
            const int out = ::open(log.c_str(), O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
            dup2(out, 1);
            dup2(out, 2);
            execl("/usr/bin/python3", "python3", "-u", BW_S3_SERVER, directory.c_str(), nullptr);
            _exit(127);
        }
        const SystemClock clock;
        for (Deadline end = Deadline::in(clock, 30s); !end.expired(clock); ::poll(nullptr, 0, 20)) {
            std::ifstream file(directory + "/address");
            if (std::getline(file, endpoint_)) {
                make_bucket();
                return;
            }
            if (waitpid(pid_, nullptr, WNOHANG) == pid_)
                break;
        }
        pid_ = 0;
    }
    ~Swift() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
    }
    void make_bucket() {
        const SystemClock clock;
        SystemRng rng;
        S3Client client(options(), clock, rng);
        auto made = client.call({.method = "PUT", .key = ""}, Deadline::in(clock, 20s));
        ENSURE(made && made->status == 200, "Swift makes no bucket");
    }

    bw::test::TemporaryDirectory directory_;
    std::string endpoint_;
    pid_t pid_ = 0;
};

} // namespace bw::blob::test
