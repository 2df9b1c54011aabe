"""Writes Tests/Golden/layers.txt with PyTorch: python Tests/Golden/layers.py (torch).

A line each: the layer, the input's shape, what it is (y, dx, the parameters' gradients, buffers, eval), then the values,
computed in float64. There are two calls in training mode, of which the second is written down, and one in evaluation.
Inputs, parameters and incoming gradients are formulas that test_layers.py repeats.
"""

import math
from pathlib import Path

import torch
from torch import nn

IMAGE = (2, 4, 2, 3)
CASES = {
    IMAGE: [
        *(
            f"BatchNorm2d(4{o})"
            for o in ("", ",momentum=None", ",affine=False", ",track_running_stats=False")
        ),
        "BatchNorm2d(4,eps=0.01,momentum=0.3)",
        "InstanceNorm2d(4)",
        "InstanceNorm2d(4,affine=True,track_running_stats=True)",
        *(f"LayerNorm((2,3){o})" for o in ("", ",elementwise_affine=False", ",bias=False")),
        "LayerNorm(3,eps=0.1)",
        *("RMSNorm(3)", "RMSNorm((2,3),eps=0.1)", "RMSNorm(3,elementwise_affine=False)"),
        *("GroupNorm(2,4)", "GroupNorm(4,4,affine=False)", "LocalResponseNorm(3,alpha=0.5)"),
        *("CELU(0.7)", "ELU(0.7)", "GELU()", "GELU(approximate='tanh')", "GLU(1)", "Hardshrink(0.3)"),
        *("Hardsigmoid()", "Hardswish()", "Hardtanh(-0.8,0.9)", "LeakyReLU(0.1)", "LogSigmoid()", "Mish()"),
        *("PReLU()", "PReLU(4)", "ReLU()", "ReLU6()", "SELU()", "SiLU()", "Sigmoid()", "Softplus(2.0,1.0)"),
        *("Softshrink(0.3)", "Softsign()", "Tanh()", "Tanhshrink()", "Threshold(0.1,-0.2)", "Identity()"),
        *("Softmax(1)", "Softmax(-1)", "Softmin(2)", "LogSoftmax(1)", "Softmax2d()"),
        *(
            "ZeroPad2d((1,0,2,1))",
            "ConstantPad2d(1,0.5)",
            "ReflectionPad2d(1)",
            "ReplicationPad2d((0,2,1,0))",
        ),
        *("CircularPad2d(1)", "PixelShuffle(2)", "ChannelShuffle(2)", "Flatten()", "Unflatten(1,(2,2))"),
        *(f"Upsample(scale_factor={s},mode='nearest')" for s in (2, 1.5)),
        *(f"Upsample(scale_factor=1.5,mode='{m}')" for m in ("nearest-exact", "bilinear", "bicubic")),
        *(f"Upsample(size=(3,5),mode='{m}',align_corners=True)" for m in ("bilinear", "bicubic")),
        *("BatchNorm2d(4,bias=False)", "GroupNorm(2,4,bias=False)", "LPPool2d(2,(1,2))"),
        *(f"Conv2d(4,2,2,padding=1,padding_mode='{m}')" for m in ("reflect", "replicate", "circular")),
    ],
    (1, 2, 4, 5, 4): [
        *("Conv3d(2,3,2)", "Conv3d(2,4,(2,3,1),stride=(2,1,2),padding=(1,1,0),dilation=(2,1,1),groups=2)"),
        "Conv3d(2,3,3,padding=(1,2,1),padding_mode='circular',bias=False)",
        "ConvTranspose3d(2,4,2)",
        "ConvTranspose3d(2,4,(2,3,2),stride=2,padding=(1,1,0),output_padding=1,groups=2)",
        "ConvTranspose3d(2,3,2,dilation=(2,1,3),bias=False)",
        *("MaxPool3d(2)", "MaxPool3d((2,3,2),stride=(2,1,2),padding=(1,1,0),ceil_mode=True)"),
        *("MaxPool3d(2,stride=1,dilation=(1,2,3))", "AvgPool3d(2)", "AvgPool3d(2,divisor_override=3)"),
        *(
            f"AvgPool3d((2,3,2),stride=2,padding=(1,1,0),ceil_mode=True,count_include_pad={c})"
            for c in (True, False)
        ),
        *("AdaptiveMaxPool3d((2,None,3))", "AdaptiveAvgPool3d((3,2,1))", "AdaptiveAvgPool3d(1)"),
        "LPPool3d(2,2,stride=1)",
    ],
    (3, 4): ["BatchNorm1d(4)", "Linear(4,2)", "Linear(4,3,bias=False)"],
    (2, 3, 4): [
        *("BatchNorm1d(3)", "InstanceNorm1d(3,affine=True)", "Upsample(scale_factor=2,mode='linear')"),
        *("Conv1d(3,2,3,padding=2,padding_mode='replicate')", "LPPool1d(2,2,ceil_mode=True)"),
    ],
    (2, 2, 2, 2, 2): [
        "BatchNorm3d(2)",
        "InstanceNorm3d(2)",
        "Upsample(size=3,mode='trilinear')",
        "ZeroPad3d(1)",
    ],
}


def numbers(shape, salt):
    """Numbers without a pattern, some of them equal, none of them where a function has a kink."""
    values = [((i * 37 + salt * 11) % 29) / 8 - 1.76 for i in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def run(text, shape):
    layer = eval(f"nn.{text}", {"nn": nn}).double()
    with torch.no_grad():
        for salt, parameter in enumerate(layer.parameters()):
            parameter.copy_(numbers(parameter.shape, salt + 5))
    layer(numbers(shape, 3))
    x = numbers(shape, 1).requires_grad_()
    y = layer(x)
    y.backward(numbers(y.shape, 2))
    found = {"y": y, "dx": x.grad}
    found |= {f"d{name}": parameter.grad for name, parameter in layer.named_parameters()}
    if "BatchNorm" in text or "InstanceNorm" in text:
        found |= dict(layer.named_buffers()) | {"eval": layer.eval()(x)}
    return found


lines = []
for shape, texts in CASES.items():
    for text in texts:
        for what, values in run(text, shape).items():
            words = [text, "x".join(map(str, shape)), what]
            lines.append(" ".join(words + [f"{value:.8g}" for value in values.detach().flatten().tolist()]))
(Path(__file__).parent / "layers.txt").write_text("\n".join(lines) + "\n")
