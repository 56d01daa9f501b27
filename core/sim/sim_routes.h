// Which answer a request gets: the routes of the dialect, and the model behind them.
#pragma once

#include "base/json_fwd.h"
#include "sim/http_text.h"
#include "sim/sim_model.h"

namespace looptax {

class SimRoutes {
public:
    explicit SimRoutes(SimModel& model) : m_model(model) {}

    SimScript answer(const SimRequest& request);
    // True for a request that makes the model generate; a bare load or unload of Ollama is none.
    static bool isChat(const SimRequest& request);

private:
    SimScript llama(const SimRequest& request);
    SimScript ollama(const SimRequest& request);
    SimScript openAi(const SimRequest& request);
    SimScript openAiChat(const SimRequest& request);
    SimScript ollamaChat(const SimRequest& request);
    SimScript loadOrUnload(const Json& body, Json reply);
    SimScript models() const;
    SimScript error(int status, const std::string& type, const std::string& message) const;
    SimScript notFound(const SimRequest& request) const;
    bool known(const std::string& name) const;

    SimModel& m_model;
};

} // namespace looptax
