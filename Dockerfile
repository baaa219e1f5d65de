# Native code, one executable, no shell. The image names are written out in full, so that whoever builds without a
# registry can tag stand-ins with exactly these names.
FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
# The native linker. Nothing is fetched where the base image already has one (the SDK's -aot flavour).
RUN { test -x /usr/bin/gcc && test -f /usr/include/zlib.h; } \
    || { apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev zlib1g-dev && rm -rf /var/lib/apt/lists/*; }
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src src
# The build context has no git to ask for the version: docker build --build-arg VERSION=1.2.3
ARG VERSION=0.0.0-image
RUN dotnet publish src/Socks5Egress -c Release -o /out -p:MinVerSkip=true -p:Version=$VERSION

FROM mcr.microsoft.com/dotnet/runtime-deps:10.0-noble-chiseled
# The executable alone: the debug symbols beside it are larger than the program.
COPY --from=build /out/socks5egress /app/socks5egress
# The user "app" of the base image, by number: a platform that forbids root can tell without a passwd file.
USER 1654
EXPOSE 1080
HEALTHCHECK --interval=15s --timeout=5s --start-period=5s CMD ["/app/socks5egress", "health"]
ENTRYPOINT ["/app/socks5egress"]
