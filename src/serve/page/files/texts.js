// SPDX-License-Identifier: Apache-2.0
// What the page says, in each of its languages.

export const texts = {
  en: {
    model: "Model", language: "Language", speak: "Speak", stop: "Stop", drop: "Drop a recording here, or choose one",
    text: "Text", copy: "Copy", copied: "Copied.", clear: "Clear", use: "Use it", key: "Key of this server",
    hint: "Words that are dotted may still change. Point at a word, or move to it with Tab and the arrow keys, to see how sure it is and what was corrected.",
    footer: "Everything stays between this page and its server.", font: "Licence of the font",
    listening: "Listening …", behind: "The connection is behind; nothing is lost.", finishing: "The last words are being read …",
    reading: "Reading {name} …", done: "Done.", opening: "Opening the microphone …", lag: "The server is {seconds} s behind.",
    insecure: "A browser gives the microphone only to pages of this machine or with TLS.",
    denied: "The browser does not give the microphone.", needKey: "This server asks for a key.",
    sure: "{percent} % sure", read: "read as", instead: "corrected to", dropped: "was dropped", added: "was added", failed: "Failed: {why}",
  },
  fr: {
    model: "Modèle", language: "Langue", speak: "Parler", stop: "Arrêter", drop: "Déposez un enregistrement ici, ou choisissez-en un",
    text: "Texte", copy: "Copier", copied: "Copié.", clear: "Effacer", use: "Utiliser", key: "Clé de ce serveur",
    hint: "Les mots en pointillés peuvent encore changer. Montrez un mot, ou allez-y avec Tab et les flèches, pour voir sa certitude et ce qui a été corrigé.",
    footer: "Tout reste entre cette page et son serveur.", font: "Licence de la police",
    listening: "À l’écoute …", behind: "La connexion est en retard ; rien n’est perdu.", finishing: "Lecture des derniers mots …",
    reading: "Lecture de {name} …", done: "Terminé.", opening: "Ouverture du micro …", lag: "Le serveur a {seconds} s de retard.",
    insecure: "Un navigateur ne donne le micro qu’aux pages de cette machine ou en TLS.",
    denied: "Le navigateur ne donne pas le micro.", needKey: "Ce serveur demande une clé.",
    sure: "sûr à {percent} %", read: "lu", instead: "corrigé en", dropped: "a été retiré", added: "a été ajouté", failed: "Échec : {why}",
  },
};
