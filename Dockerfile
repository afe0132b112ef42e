# syntax=docker/dockerfile:1
ARG NODE=22.20.0-bookworm-slim

# Kafka's client, compiled against the libraries that the last stage has.
FROM node:${NODE} AS driver
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 libssl-dev zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json ./
COPY services/setup-cluster.mjs services/
COPY services/testdata/kafka/pom.xml services/testdata/kafka/
RUN npm run setup:cluster

FROM node:${NODE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund
COPY --from=driver /app/node_modules/node-rdkafka node_modules/node-rdkafka

FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --include=dev --no-audit --no-fund
COPY --from=driver /app/node_modules/node-rdkafka node_modules/node-rdkafka
COPY tsconfig.json tsconfig.build.json ./
COPY services services
COPY web web
RUN npm run build

FROM node:${NODE}
# Authorities for brokers and servers whose certificates are public.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libssl3 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin qingyu \
 && install -d -o qingyu -g qingyu /data
ENV NODE_ENV=production QINGYU_DATA__DIR=/data
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY services/qingyu.mjs services/
COPY config config
RUN node -e "require('node-rdkafka')"
USER 10001:10001
VOLUME /data
EXPOSE 8080 1883
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "services/qingyu.mjs"]
CMD ["serve"]
