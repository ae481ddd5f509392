# Context: artifacts/images/serving (eng/images.sh). The program brings its own .NET; the base brings what .NET needs of the system.
FROM mcr.microsoft.com/dotnet/runtime-deps:10.0
COPY . /app
WORKDIR /app
# The base image's user without rights.
USER $APP_UID
ENV DOTNET_EnableDiagnostics=0
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["/app/mlops-serving", "health", "--url", "http://127.0.0.1:8080"]
ENTRYPOINT ["/app/mlops-serving", "--url", "http://0.0.0.0:8080", "--cache", "/tmp/mlops-serving", "--drain-seconds", "10"]
