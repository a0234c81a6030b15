# syntax=docker/dockerfile:1
# docker build -f infra/images/gateway-edge.Dockerfile -t llm-usage/gateway-edge .
# Built from the configured NuGet feed, which must serve librdkafka.redist.

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY schemas schemas
COPY services/runtime services/runtime
COPY services/gateway-edge services/gateway-edge
RUN dotnet publish services/gateway-edge/Pipeline.GatewayEdge.csproj --configuration Release --output /publish
# The mount point of the spool belongs to the user that runs, also without an orchestrator.
RUN mkdir -p /state/spool

# No shell, no package manager; user 1654 is the image's own.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /publish .
COPY --from=build --chown=1654:1654 /state /var/lib/gateway-edge
USER 1654:1654
ENV Gateway__Address=0.0.0.0:8080 \
    Gateway__Spool__Path=/var/lib/gateway-edge/spool \
    Admin__Address=0.0.0.0:8091 \
    Telemetry__LogFormat=json \
    DOTNET_EnableDiagnostics=0
EXPOSE 8080 8091
VOLUME /var/lib/gateway-edge
ENTRYPOINT ["/app/gateway-edge"]
