#include "app/world.h"

#include "resources/resources.h"
#include "runtime/managed_server.h"

#include <cstdlib>

namespace looptax {

namespace {

class StartedServer final : public RunningServer {
public:
    explicit StartedServer(std::unique_ptr<ManagedServer> server) : m_server(std::move(server)) {}
    std::string url() const override { return m_server->url(); }
    bool alive() override { return m_server->alive(); }
    std::string lastWords() override { return m_server->lastWords(); }
    std::string version() override { return m_server->version(); }
    int group() override { return m_server->pid(); }

private:
    std::unique_ptr<ManagedServer> m_server;
};

} // namespace

EngineWorld realWorld(FileOps& files, Clock& clock) {
    return EngineWorld{files,
                       clock,
                       [&clock](TargetKind kind, const std::string& url, const std::string& apiKey, const Deadlines& deadlines) {
                           return makeRuntimeClient(kind, url, apiKey, deadlines, clock);
                       },
                       [&clock](const ManagedCommand& command, int contextTokens, const std::string& logPath,
                                const std::function<void(const std::string&)>& progress,
                                const CancelFlag& cancel) -> Result<std::unique_ptr<RunningServer>> {
                           auto server = ManagedServer::start(command, contextTokens, logPath, clock, progress, cancel);
                           if (!server) return server.error();
                           return std::unique_ptr<RunningServer>(std::make_unique<StartedServer>(server.take()));
                       },
                       [](const std::string& name) {
                           const char* value = std::getenv(name.c_str());
                           return std::string(value != nullptr ? value : "");
                       },
                       thisHost()};
}

Result<std::shared_ptr<const TaskPack>> loadTaskPack(const std::string& name) {
    const std::string_view text = resource("task/" + name + ".json");
    if (text.empty()) return Error{ErrorKind::Plan, "unknown task pack " + name, "$.task.pack", {}, 0};
    return readTaskPack(text);
}

} // namespace looptax
