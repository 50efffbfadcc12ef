// Starts smtp_sink.mjs, a real SMTP server, as a child, and reads what it says.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace bw::test {

class SmtpSink {
public:
    /// Node and the packages are there.
    static bool available() {
        return std::filesystem::is_directory(std::filesystem::path(BW_SMTP_SINK) / "node_modules" /
                                             "smtp-server") &&
               std::system("command -v node >/dev/null 2>&1") == 0;
    }

    explicit SmtpSink(const std::vector<std::string>& arguments = {}) {
        std::array<int, 2> in{}, out{};
        if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0)
            std::abort();
        child_ = fork();
        if (child_ == 0) {
            dup2(in[0], STDIN_FILENO);
            dup2(out[1], STDOUT_FILENO);
            const std::string script = std::string(BW_SMTP_SINK) + "/smtp_sink.mjs";
            std::vector<std::string> all{"node", script};
            all.insert(all.end(), arguments.begin(), arguments.end());
            std::vector<char*> argv;
            for (std::string& argument : all)
                argv.push_back(argument.data());
            argv.push_back(nullptr);
            execvp("node", argv.data());
            _exit(127);
        }
        close(in[0]);
        close(out[1]);
        to_child_ = in[1];
        from_child_ = out[0];
        port_ = value_of(line(), "port");
    }
    ~SmtpSink() { stop(); }
    SmtpSink(const SmtpSink&) = delete;
    SmtpSink& operator=(const SmtpSink&) = delete;

    void stop() {
        if (child_ <= 0)
            return;
        kill(child_, SIGKILL);
        waitpid(child_, nullptr, 0);
        child_ = 0;
        close(to_child_);
        close(from_child_);
    }

    std::string url() const { return "smtp://127.0.0.1:" + port_; }

    /// The next line it says; fails the test after half a minute.
    std::string line() {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        for (;;) {
            if (const std::size_t end = text_.find('\n'); end != std::string::npos) {
                std::string line = text_.substr(0, end);
                text_.erase(0, end + 1);
                return line;
            }
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                patience - std::chrono::steady_clock::now());
            pollfd ready{from_child_, POLLIN, 0};
            std::array<char, 4096> buffer{};
            if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0)
                break;
            const ssize_t n = read(from_child_, buffer.data(), buffer.size());
            if (n <= 0)
                break;
            text_.append(buffer.data(), static_cast<std::size_t>(n));
        }
        ADD_FAILURE() << "the SMTP server said nothing";
        return {};
    }

private:
    static std::string value_of(const std::string& json, const std::string& name) {
        const std::size_t at = json.find("\"" + name + "\":");
        return at == std::string::npos
                   ? ""
                   : json.substr(at + name.size() + 3,
                                 json.find_first_of(",}", at) - at - name.size() - 3);
    }

    pid_t child_ = 0;
    int to_child_ = -1, from_child_ = -1;
    std::string port_, text_;
};

} // namespace bw::test
