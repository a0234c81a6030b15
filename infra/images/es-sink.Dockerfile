# syntax=docker/dockerfile:1
# docker build -f infra/images/es-sink.Dockerfile -t llm-usage/es-sink .
# Built from the configured NuGet feed, which must serve librdkafka.redist.

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY schemas schemas
COPY services/runtime services/runtime
COPY services/es-sink services/es-sink
RUN dotnet publish services/es-sink/Pipeline.EsSink.csproj --configuration Release --output /publish

# No shell, no package manager; user 1654 is the image's own.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /publish .
USER 1654:1654
ENV Admin__Address=0.0.0.0:8093 \
    Telemetry__LogFormat=json \
    DOTNET_EnableDiagnostics=0
EXPOSE 8093
ENTRYPOINT ["/app/es-sink"]
