# Context: artifacts/images/trainer (eng/images.sh). For GPUs build on an image with the CUDA runtime that the XGBoost library wants:
# --build-arg BASE=nvidia/cuda:12.4.1-runtime-ubuntu22.04
ARG BASE=mcr.microsoft.com/dotnet/runtime-deps:10.0
FROM ${BASE}
COPY . /opt/mlops-trainer
ENV PATH=/opt/mlops-trainer:$PATH LD_LIBRARY_PATH=/opt/mlops-trainer DOTNET_EnableDiagnostics=0
# Not root; Azure Machine Learning mounts data and output for whoever the image runs as.
USER 1654
HEALTHCHECK NONE
ENTRYPOINT ["/opt/mlops-trainer/mlops-trainer"]
