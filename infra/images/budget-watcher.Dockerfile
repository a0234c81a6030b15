# syntax=docker/dockerfile:1
# docker build -f infra/images/budget-watcher.Dockerfile -t llm-usage/budget-watcher .
# Built from the configured NuGet feed, which must serve librdkafka.redist.

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY schemas schemas
COPY services/runtime services/runtime
COPY services/budget-watcher services/budget-watcher
RUN dotnet publish services/budget-watcher/Pipeline.BudgetWatcher.csproj --configuration Release --output /publish

# No shell, no package manager; user 1654 is the image's own.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /publish .
USER 1654:1654
ENV Admin__Address=0.0.0.0:8094 \
    Telemetry__LogFormat=json \
    DOTNET_EnableDiagnostics=0
EXPOSE 8094
ENTRYPOINT ["/app/budget-watcher"]
