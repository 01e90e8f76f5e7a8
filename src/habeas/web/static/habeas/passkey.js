// Asks the browser for a passkey's answer, puts it into the form, and sends the form. Nothing else runs here.
"use strict";
(() => {
  const form = document.querySelector("form[data-passkey]");
  const button = form && form.querySelector("button[data-asks-passkey]");
  if (!button || !window.PublicKeyCredential) return;
  const bytes = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const known = form.dataset.credentials.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));
  const challenge = bytes(form.dataset.challenge);
  const ask = {
    get: () => navigator.credentials.get({
      publicKey: { challenge, rpId: location.hostname, allowCredentials: known, userVerification: "required" },
    }),
    create: () => navigator.credentials.create({
      publicKey: {
        challenge,
        rp: { id: location.hostname, name: "Habeas" },
        user: { id: bytes(form.dataset.user), name: form.dataset.account, displayName: form.dataset.account },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -8 }],
        excludeCredentials: known,
        authenticatorSelection: { userVerification: "required" },
        attestation: "none",
      },
    }),
  };
  button.hidden = false;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const { rawId, response } = await ask[form.dataset.passkey]();
      const data = response.getAuthenticatorData ? response.getAuthenticatorData() : response.authenticatorData;
      form.elements.site.value = location.origin;
      form.elements.credential.value = base64(rawId);
      form.elements.client_data.value = base64(response.clientDataJSON);
      form.elements.authenticator_data.value = base64(data);
      form.elements.signature.value = response.signature ? base64(response.signature) : "";
      form.requestSubmit(button);
    } catch (error) {
      const problem = form.querySelector("[data-passkey-problem]");
      problem.hidden = false;
      problem.focus();
    }
  });
})();
